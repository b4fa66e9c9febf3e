package dev.rollbook.web.security.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;

/// Whom a request comes from, and until when.
class CallerTest {
  private static final Instant EXPIRES = Instant.parse("2027-03-01T00:00:00Z");
  private static final Caller CI =
      new Caller("ci", "team-a", Set.of(Scope.READ), Caller.Mechanism.TOKEN, "key1", EXPIRES);

  @Test
  void anAuthenticatedRequestHasACaller() {
    var request = request(new PreAuthenticatedAuthenticationToken(CI, null, CI.scopes()));

    assertThat(Caller.of(request)).hasValue(CI);
  }

  @Test
  void aRequestWithoutACredentialHasNone() {
    assertThat(Caller.of(new MockHttpServletRequest())).isEmpty();
    assertThat(
            Caller.of(
                request(new AnonymousAuthenticationToken("key", "anybody", Set.of(Scope.READ)))))
        .isEmpty();
  }

  @Test
  void aCredentialExpiresAtItsTime() {
    assertThat(CI.isExpired(EXPIRES.minusNanos(1))).isFalse();
    assertThat(CI.isExpired(EXPIRES)).isTrue();
    var forever = new Caller("ci", "team-a", CI.scopes(), CI.mechanism(), "key1", null);
    assertThat(forever.isExpired(Instant.MAX)).isFalse();
  }

  private static MockHttpServletRequest request(Authentication authentication) {
    var request = new MockHttpServletRequest();
    new RequestAttributeSecurityContextRepository()
        .saveContext(
            new SecurityContextImpl(authentication), request, new MockHttpServletResponse());
    return request;
  }
}
