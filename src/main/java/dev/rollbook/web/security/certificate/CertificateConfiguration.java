package dev.rollbook.web.security.certificate;

import dev.rollbook.access.AccessPolicy;
import java.time.Clock;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/// Client certificates, if names in them are mapped to callers. Names that no server asks for fail
/// the start.
@Configuration(proxyBeanMethods = false)
@Conditional(CertificateConfiguration.HasCallers.class)
public class CertificateConfiguration {
  /// Whether client certificates are accepted: a server asks for them, and names are mapped.
  public static boolean isConfigured(Environment environment) {
    return CertificateSettings.hasCallers(environment)
        && CertificateSettings.asksForCertificates(environment);
  }

  @Bean
  CertificateAuthenticator certificateAuthenticator(
      Environment environment, SslBundles bundles, AccessPolicy policy, Clock clock) {
    return new CertificateAuthenticator(
        CertificateSettings.of(environment, bundles, policy.defaultTenant()), clock);
  }

  static final class HasCallers implements Condition {
    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
      return CertificateSettings.hasCallers(context.getEnvironment());
    }
  }
}
