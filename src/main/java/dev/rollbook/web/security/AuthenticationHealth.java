package dev.rollbook.web.security;

import dev.rollbook.web.security.token.TokenStore;
import java.util.Locale;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/// Health component that shows how clients authenticate. It is degraded while the content of the
/// tokens file cannot be used.
@Component("authentication")
record AuthenticationHealth(SecurityProperties security, ObjectProvider<TokenStore> tokens)
    implements HealthIndicator {
  private static final Status DEGRADED = new Status("DEGRADED");

  @Override
  public Health health() {
    var store = tokens.getIfAvailable();
    if (store == null) {
      return Health.up().withDetail("required", false).withDetail("mode", mode()).build();
    }
    var problem = store.problem();
    var health = problem.isEmpty() ? Health.up() : Health.status(DEGRADED);
    problem.ifPresent(sentence ->
        health
            .withDetail("error", sentence)
            .withDetail("effect", "the tokens that were read before stay accepted")
            .withDetail("remedy", "correct the file; it is read again within a second"));
    return health.withDetail("required", true).withDetail("tokens", store.summary()).build();
  }

  private String mode() {
    return security.mode().name().toLowerCase(Locale.ROOT);
  }
}
