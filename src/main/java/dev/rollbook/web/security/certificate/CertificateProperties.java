package dev.rollbook.web.security.certificate;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings of client certificates: which callers they are. Certificates and trusted authorities
/// have the settings of Spring Boot, `server.ssl.bundle` and `server.ssl.client-auth`.
///
/// @param callers Names in client certificates, and the caller that each is mapped to: `san` (URI,
///   DNS name or e-mail address) or `common-name`, `principal` (default: the name), `tenant`
///   (default: `rollbook.security.default-tenant`) and `scopes`. A certificate without such a name
///   gets 403.
@ConfigurationProperties("rollbook.security.certificates")
record CertificateProperties(@DefaultValue List<MappedCaller> callers) {
  CertificateProperties {
    callers = List.copyOf(callers);
  }

  /// @param san subject alternative name; null if the common name is mapped
  record MappedCaller(
      @Nullable String san,
      @Nullable String commonName,
      @Nullable String principal,
      @Nullable String tenant,
      @DefaultValue List<String> scopes) {
    MappedCaller {
      scopes = List.copyOf(scopes);
    }
  }
}
