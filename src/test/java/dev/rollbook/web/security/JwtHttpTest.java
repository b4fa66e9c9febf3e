package dev.rollbook.web.security;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RawRequest;
import dev.rollbook.http.RollbookClient;
import java.time.Instant;
import java.util.Date;
import org.junit.jupiter.api.Test;

/// Clients with a JSON Web Token, beside those with a token of the tokens file.
class JwtHttpTest extends AbstractAuthenticationHttpTest {
  @Test
  void aTokenOfTheIssuerAllowsWhatItsScopesSay() {
    var robot = withToken(ISSUER.token("openid read append"));

    var thread = robot.startThread();

    expect(200, robot.post(thread(thread) + "/items", body("1")));
    expect(200, client.get("/v1/threads"));
    assertForbidden(
        with(ISSUER.token("read append"), RawRequest.of("DELETE", thread(thread))).send(port),
        "manage");
  }

  @Test
  void aTokenThatIsExpiredOrOfAnotherServiceIsRefused() {
    var expired =
        ISSUER.token(claims ->
            claims
                .issueTime(Date.from(Instant.now().minusSeconds(900)))
                .expirationTime(Date.from(Instant.now().minusSeconds(90))));
    var other = ISSUER.token(claims -> claims.audience("other"));

    for (var token : new String[] {expired, other}) {
      var answer = with(token, RawRequest.of("GET", "/v1/threads")).send(port);
      assertUnauthenticated(answer, "Bearer error=\"invalid_token\"");
      assertThat(answer.body()).doesNotContain(token);
    }
    assertThat(with(expired, RawRequest.of("GET", "/v1/threads")).send(port).body())
        .contains("has expired");
  }

  @Test
  void aTokenWithoutTenantOrKnownScopeIsForbidden() {
    for (var token :
        new String[] {
          ISSUER.token("openid profile"), ISSUER.token(claims -> claims.claim("tenant", null))
        }) {
      var answer = with(token, RawRequest.of("GET", "/v1/threads")).send(port);
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.body()).contains("\"code\":\"forbidden\"", "has no claim");
    }
  }

  @Test
  void theKeysOfTheIssuerRotateAndItIsAwayWhileTheServiceRuns() {
    var known = ISSUER.token("read");
    expect(200, withToken(known).get("/v1/threads"));
    ISSUER.addKey("rotated");
    await().until(() -> withToken(ISSUER.token("read")).get("/v1/threads").status() == 200);
    expect(200, withToken(known).get("/v1/threads"));

    var before = ISSUER.token("read");
    ISSUER.setAway(true);
    try {
      ISSUER.addKey("while-away");
      var unknown = ISSUER.token("read");
      await().until(() -> withToken(unknown).get("/v1/threads").status() == 503);
      var answer = with(unknown, RawRequest.of("GET", "/v1/threads")).send(port);
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.header("Retry-After")).isEqualTo("2");
      assertThat(answer.body()).contains("\"auth_unavailable\"", "\"retryable\":true");
      expect(200, withToken(before).get("/v1/threads"));
      expect(200, client.get("/v1/threads"));
      assertThat(get("all", "/actuator/health").send(managementPort).body())
          .contains("\"status\":\"DEGRADED\"", ISSUER.uri());
    } finally {
      ISSUER.setAway(false);
    }

    await().until(() -> withToken(ISSUER.token("read")).get("/v1/threads").status() == 200);
    assertThat(get("all", "/actuator/health").send(managementPort).body())
        .doesNotContain("issuerError");
  }

  private RollbookClient withToken(String token) {
    return new RollbookClient(port).withToken(token);
  }
}
