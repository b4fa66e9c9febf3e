package dev.rollbook.web.security;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/// Matches if clients have to authenticate. Without authentication, no object of Spring Security is
/// created, so that it costs nothing.
final class AuthenticationCondition implements Condition {
  @Override
  public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
    return properties(context.getEnvironment()).requiresAuthentication();
  }

  /// The settings, for code that runs before there are beans.
  static SecurityProperties properties(Environment environment) {
    return Binder.get(environment).bindOrCreate("rollbook.security", SecurityProperties.class);
  }
}
