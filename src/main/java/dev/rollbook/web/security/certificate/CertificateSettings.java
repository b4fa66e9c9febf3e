package dev.rollbook.web.security.certificate;

import dev.rollbook.access.Owner;
import dev.rollbook.model.StartupException;
import dev.rollbook.web.security.access.Caller;
import dev.rollbook.web.security.access.Scope;
import dev.rollbook.web.security.certificate.CertificateProperties.MappedCaller;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.Ssl.ClientAuth;
import org.springframework.boot.web.server.Ssl.ServerNameSslBundle;
import org.springframework.core.env.Environment;

/// The names that are mapped to callers, checked.
///
/// Names mean nothing unless the service itself decides who may certify them. So the bundle must
/// have a truststore: without one, Java trusts all public authorities.
record CertificateSettings(Map<CertificateName, Identity> callers) {
  private static final String PREFIX = "rollbook.security.certificates";
  private static final String CALLERS = PREFIX + ".callers";
  private static final String SERVER = "server.ssl";
  private static final String ALL_SCOPES = "Scopes are %s.".formatted(Scope.ALL_NAMES);
  private static final List<String> SERVERS = List.of(SERVER, "management.server.ssl");

  /// Whom a name is mapped to.
  record Identity(String principal, String tenant, Set<Scope> scopes) {}

  CertificateSettings {
    callers = Map.copyOf(callers);
  }

  /// Whether names in certificates are mapped to callers.
  static boolean hasCallers(Environment environment) {
    return !properties(environment).callers().isEmpty();
  }

  /// Whether the server asks clients for certificates.
  static boolean asksForCertificates(Environment environment) {
    var ssl = ssl(environment, SERVER);
    return ssl != null && ssl.getBundle() != null && asksForCertificates(ssl);
  }

  /// @throws StartupException if the settings cannot be used
  static CertificateSettings of(Environment environment, SslBundles bundles, String tenant) {
    if (!asksForCertificates(environment)) {
      throw new StartupException(
          CALLERS + " is set, but the server does not ask clients for certificates.",
          "Set server.ssl.bundle, and server.ssl.client-auth to need or want, or remove the"
              + " callers.");
    }
    SERVERS.forEach(setting -> requireTruststore(setting, ssl(environment, setting), bundles));
    var callers = new HashMap<CertificateName, Identity>();
    var mapped = properties(environment).callers();
    for (int i = 0; i < mapped.size(); i++) {
      var setting = "%s[%d]".formatted(CALLERS, i);
      if (callers.put(name(mapped.get(i), setting), identity(mapped.get(i), setting, tenant))
          != null) {
        throw new StartupException(
            setting + " has a name that is mapped before.", "Map each name to one caller.");
      }
    }
    return new CertificateSettings(callers);
  }

  private static CertificateProperties properties(Environment environment) {
    return Binder.get(environment).bindOrCreate(PREFIX, CertificateProperties.class);
  }

  private static @Nullable Ssl ssl(Environment environment, String setting) {
    return Binder.get(environment).bind(setting, Ssl.class).orElse(null);
  }

  private static boolean asksForCertificates(Ssl ssl) {
    return ssl.isEnabled()
        && (ssl.getClientAuth() == ClientAuth.NEED || ssl.getClientAuth() == ClientAuth.WANT);
  }

  private static void requireTruststore(String setting, @Nullable Ssl ssl, SslBundles bundles) {
    if (ssl == null || !asksForCertificates(ssl)) {
      return;
    }
    if (ssl.getBundle() == null) {
      throw new StartupException(
          setting + ".client-auth is set without " + setting + ".bundle.",
          "Name an SSL bundle, whose truststore has the authorities of client certificates.");
    }
    var names =
        Stream.concat(
            Stream.of(ssl.getBundle()),
            ssl.getServerNameBundles().stream().map(ServerNameSslBundle::bundle));
    names.forEach(bundle -> {
      if (bundles.getBundle(bundle).getStores().getTrustStore() == null) {
        throw new StartupException(
            "The SSL bundle %s of %s has no truststore, so certificates of all public authorities"
                    .formatted(bundle, setting)
                + " would be accepted.",
            "Set the authorities of client certificates, for example in"
                + " spring.ssl.bundle.pem.%s.truststore.certificate.".formatted(bundle));
      }
    });
  }

  private static CertificateName name(MappedCaller caller, String setting) {
    var san = caller.san();
    var commonName = caller.commonName();
    if ((san == null) == (commonName == null)) {
      throw new StartupException(
          setting + " must have either san or common-name.",
          "Set %s.san to a subject alternative name of the certificate.".formatted(setting));
    }
    if (san != null) {
      return CertificateName.parse(san)
          .orElseThrow(() ->
              new StartupException(
                  setting + ".san is no URI, DNS name or e-mail address.",
                  "Set it to a name such as spiffe://acme/ci, ci.acme.example or ci@acme.example,"
                      + " without a wildcard."));
    }
    return new CertificateName(
        CertificateName.Type.COMMON_NAME,
        matching(Objects.requireNonNull(commonName), Caller.PRINCIPAL, setting + ".common-name"));
  }

  private static Identity identity(MappedCaller caller, String setting, String defaultTenant) {
    var name = caller.san() == null ? caller.commonName() : caller.san();
    var principal = caller.principal() == null ? String.valueOf(name) : caller.principal();
    var tenant = caller.tenant() == null ? defaultTenant : caller.tenant();
    return new Identity(
        matching(principal, Caller.PRINCIPAL, setting + ".principal"),
        caller.tenant() == null ? tenant : matching(tenant, Caller.TENANT, setting + ".tenant"),
        scopes(caller.scopes(), setting + ".scopes"));
  }

  private static String matching(String value, Pattern form, String setting) {
    if (!form.matcher(value).matches()) {
      throw new StartupException(
          setting + " has a character that is not allowed, is empty or is too long.",
          form == Caller.TENANT
              ? "It must be " + Caller.TENANT_RULE + "."
              : "Use at most %d characters, none of them control characters."
                  .formatted(Owner.MAX_LENGTH));
    }
    return value;
  }

  private static Set<Scope> scopes(List<String> names, String setting) {
    var scopes = EnumSet.noneOf(Scope.class);
    for (var name : names) {
      scopes.add(
          Scope.parse(name)
              .orElseThrow(() ->
                  new StartupException(setting + " has a scope that does not exist.", ALL_SCOPES)));
    }
    if (scopes.isEmpty()) {
      throw new StartupException(setting + " is not set.", ALL_SCOPES);
    }
    return scopes;
  }
}
