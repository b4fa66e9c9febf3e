package dev.rollbook.web.security;

import dev.rollbook.web.security.certificate.CertificateConfiguration;
import dev.rollbook.web.security.jwt.JwtConfiguration;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/// Matches if clients have to authenticate. Without authentication, no object of Spring Security is
/// created, so that it costs nothing.
public final class AuthenticationCondition implements Condition {
  @Override
  public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
    return isRequired(context.getEnvironment());
  }

  /// Whether clients have to authenticate, by a token of Rollbook or of an issuer, or by a client
  /// certificate.
  public static boolean isRequired(Environment environment) {
    return properties(environment).hasTokens()
        || JwtConfiguration.isConfigured(environment)
        || CertificateConfiguration.isConfigured(environment);
  }

  /// The settings, for code that runs before there are beans.
  static SecurityProperties properties(Environment environment) {
    return Binder.get(environment).bindOrCreate("rollbook.security", SecurityProperties.class);
  }
}
