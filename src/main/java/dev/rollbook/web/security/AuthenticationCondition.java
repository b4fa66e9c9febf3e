package dev.rollbook.web.security;

import dev.rollbook.web.security.certificate.CertificateConfiguration;
import dev.rollbook.web.security.jwt.JwtConfiguration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/// Matches if clients have to authenticate. Without authentication, no object of Spring Security is
/// created, so that it costs nothing.
public final class AuthenticationCondition implements Condition {
  /// Settings with a value require authentication. Without a value, they fail the start: to ignore
  /// them would open the service that an operator wanted to close.
  static final List<String> SETTINGS =
      List.of(
          "rollbook.security.tokens-file",
          "rollbook.security.local-token",
          "spring.security.oauth2.resourceserver.jwt.issuer-uri",
          "spring.security.oauth2.resourceserver.jwt.jwk-set-uri");

  private static final Set<String> SETTINGS_AS_LETTERS =
      SETTINGS.stream().map(AuthenticationCondition::letters).collect(Collectors.toSet());

  /// Whether the name of a property or of an environment variable is that of a setting that
  /// requires authentication.
  public static boolean isSetting(String name) {
    return SETTINGS_AS_LETTERS.contains(letters(name));
  }

  private static String letters(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

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
