package dev.rollbook.web.security;

import dev.rollbook.web.security.jwt.JwtAuthenticator;
import dev.rollbook.web.security.token.TokenStore;
import java.util.Locale;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/// Health component that shows how clients authenticate. It is degraded while the content of the
/// tokens file cannot be used, or the keys of the issuer cannot be read.
@Component("authentication")
record AuthenticationHealth(
    SecurityProperties security,
    ObjectProvider<TokenStore> tokens,
    ObjectProvider<JwtAuthenticator> jwt)
    implements HealthIndicator {
  private static final Status DEGRADED = new Status("DEGRADED");

  @Override
  public Health health() {
    var store = tokens.getIfAvailable();
    if (store == null) {
      return Health.up().withDetail("required", false).withDetail("mode", mode()).build();
    }
    var issuer = jwt.getIfAvailable();
    var issuerProblem = issuer == null ? Optional.<String>empty() : issuer.problem();
    var problem = store.problem();
    boolean isUp = problem.isEmpty() && issuerProblem.isEmpty();
    var health = isUp ? Health.up() : Health.status(DEGRADED);
    problem.ifPresent(sentence ->
        health
            .withDetail("error", sentence)
            .withDetail("effect", "the tokens that were read before stay accepted")
            .withDetail("remedy", "correct the file; it is read again within a second"));
    issuerProblem.ifPresent(sentence ->
        health
            .withDetail("issuerError", sentence)
            .withDetail("issuerEffect", "tokens with keys that are not known get 503")
            .withDetail("issuerRemedy", "check the issuer; its keys are fetched again"));
    return health.withDetail("required", true).withDetail("tokens", store.summary()).build();
  }

  private String mode() {
    return security.mode().name().toLowerCase(Locale.ROOT);
  }
}
