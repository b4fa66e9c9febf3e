package dev.rollbook.web.security.jwt;

import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.ResourceRetriever;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/// JSON Web Tokens, if an issuer or its keys are set.
@Configuration(proxyBeanMethods = false)
@Conditional(JwtConfiguration.IsConfigured.class)
public class JwtConfiguration {
  private static final int CONNECT_TIMEOUT_MILLIS = 2000;
  private static final int READ_TIMEOUT_MILLIS = 3000;
  private static final int MAX_BYTES = 512 * 1024;

  /// Whether tokens of an issuer are accepted.
  public static boolean isConfigured(Environment environment) {
    return JwtSettings.isConfigured(environment);
  }

  @Bean
  IssuerKeys issuerKeys(
      Environment environment, JwtProperties properties, SslBundles bundles, Clock clock) {
    return new IssuerKeys(
        JwtSettings.of(environment), retriever(properties.sslBundle(), bundles), clock);
  }

  @Bean
  JwtAuthenticator jwtAuthenticator(
      Environment environment, IssuerKeys keys, JwtProperties properties, Clock clock) {
    return new JwtAuthenticator(
        JwtSettings.of(environment), keys, new ClaimsMapping(properties), clock);
  }

  private static ResourceRetriever retriever(@Nullable String bundle, SslBundles bundles) {
    return new DefaultResourceRetriever(
        CONNECT_TIMEOUT_MILLIS,
        READ_TIMEOUT_MILLIS,
        MAX_BYTES,
        true,
        bundle == null ? null : bundles.getBundle(bundle).createSslContext().getSocketFactory());
  }

  static final class IsConfigured implements Condition {
    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
      return isConfigured(context.getEnvironment());
    }
  }
}
