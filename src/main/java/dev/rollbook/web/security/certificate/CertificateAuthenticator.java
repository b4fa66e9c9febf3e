package dev.rollbook.web.security.certificate;

import dev.rollbook.web.security.access.Caller;
import jakarta.servlet.Filter;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Date;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.CredentialsExpiredException;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;
import org.springframework.security.web.authentication.preauth.x509.SubjectX500PrincipalExtractor;
import org.springframework.security.web.authentication.preauth.x509.X509AuthenticationFilter;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;
import org.springframework.util.ConcurrentLruCache;

/// Authenticates requests by the client certificate of their connection.
///
/// The handshake has checked the signatures. The times are checked for each request: a connection
/// can stay open for longer than its certificate is valid, and Java does not check the times of a
/// certificate that is in the truststore itself. The caller is found once for each certificate,
/// because it stays the same until the service restarts.
public final class CertificateAuthenticator implements AuthenticationManager {
  private static final Logger log = LoggerFactory.getLogger(CertificateAuthenticator.class);

  private static final int CACHED_CERTIFICATES = 1000;

  private final CertificateSettings settings;
  private final Clock clock;
  private final boolean usesCommonNames;
  private final SubjectX500PrincipalExtractor commonNames = new SubjectX500PrincipalExtractor();

  /// Of mapped certificates only. The handshake has accepted them, so no client can fill the cache.
  private final ConcurrentLruCache<X509Certificate, Authentication> callers =
      new ConcurrentLruCache<>(CACHED_CERTIFICATES, this::caller);

  CertificateAuthenticator(CertificateSettings settings, Clock clock) {
    this.settings = settings;
    this.clock = clock;
    this.usesCommonNames =
        settings.callers().keySet().stream()
            .anyMatch(name -> name.type() == CertificateName.Type.COMMON_NAME);
  }

  /// A filter that authenticates requests without the header `Authorization` or a ticket. A
  /// certificate that is refused does not end the request, because open calls need no credential:
  /// the reason is in an attribute of the request (`WebAttributes.AUTHENTICATION_EXCEPTION`).
  public Filter filter() {
    var filter = new X509AuthenticationFilter();
    filter.setRequiresAuthenticationRequestMatcher(request ->
        request.getHeader(HttpHeaders.AUTHORIZATION) == null
            && Caller.authentication(request).isEmpty());
    // The names are read in authenticate(), where a certificate can be refused.
    filter.setPrincipalExtractor(X509Certificate::getSubjectX500Principal);
    filter.setAuthenticationManager(this);
    filter.setSecurityContextRepository(new RequestAttributeSecurityContextRepository());
    filter.afterPropertiesSet();
    return filter;
  }

  @Override
  public Authentication authenticate(Authentication request) {
    if (!(request.getCredentials() instanceof X509Certificate certificate)) {
      throw new BadCredentialsException("there is no certificate");
    }
    checkTimes(certificate);
    return callers.get(certificate);
  }

  private Authentication caller(X509Certificate certificate) {
    var found =
        names(certificate).stream()
            .map(settings.callers()::get)
            .filter(Objects::nonNull)
            .collect(Collectors.toSet());
    if (found.isEmpty()) {
      throw new UnmappedCertificateException(
          "has no name that is mapped to a caller in rollbook.security.certificates.callers");
    }
    if (found.size() > 1) {
      throw new UnmappedCertificateException(
          "has names of several callers in rollbook.security.certificates.callers");
    }
    var identity = found.iterator().next();
    var caller =
        new Caller(
            identity.principal(),
            identity.tenant(),
            identity.scopes(),
            Caller.Mechanism.CERTIFICATE,
            certificate.getSerialNumber().toString(16),
            certificate.getNotAfter().toInstant());
    return new PreAuthenticatedAuthenticationToken(caller, null, caller.scopes());
  }

  private void checkTimes(X509Certificate certificate) {
    try {
      certificate.checkValidity(Date.from(clock.instant()));
    } catch (CertificateExpiredException e) {
      throw new CredentialsExpiredException("the certificate has expired", e);
    } catch (CertificateNotYetValidException e) {
      throw new BadCredentialsException("the certificate is not valid yet", e);
    }
  }

  private Set<CertificateName> names(X509Certificate certificate) {
    try {
      var names = new HashSet<>(CertificateName.alternativeNamesOf(certificate));
      if (usesCommonNames) {
        commonName(certificate).ifPresent(names::add);
      }
      return names;
    } catch (CertificateParsingException e) {
      throw new BadCredentialsException("the names of the certificate cannot be read", e);
    }
  }

  /// Empty if the extractor of Spring Security finds none, for which it has no other response.
  private Optional<CertificateName> commonName(X509Certificate certificate) {
    try {
      var name = String.valueOf(commonNames.extractPrincipal(certificate));
      return Optional.of(new CertificateName(CertificateName.Type.COMMON_NAME, name));
    } catch (BadCredentialsException e) {
      log.debug("a client certificate has no common name", e);
      return Optional.empty();
    }
  }
}
