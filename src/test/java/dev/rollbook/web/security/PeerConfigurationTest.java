package dev.rollbook.web.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.audit.AuditLog;
import dev.rollbook.audit.AuditProperties;
import dev.rollbook.quota.SettableTime;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.LocalDisk;
import dev.rollbook.web.audit.RefusedRequests;
import dev.rollbook.web.security.peer.ClusterKeys;
import dev.rollbook.web.security.peer.ClusterKeys.Purpose;
import dev.rollbook.web.security.peer.PeerCall;
import dev.rollbook.web.security.peer.PeerTokens;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.mock.env.MockEnvironment;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.servlet.HandlerExceptionResolver;

/// Peers prove themselves also to a service that requires no authentication of clients.
class PeerConfigurationTest {
  private static final String PATH = "/v1/threads/1";

  private final PeerTokens tokens =
      new PeerTokens(
          ClusterKeys.derive("a secret of 32 bytes and some more", Purpose.PEER_TOKEN),
          Clock.systemUTC());
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final MockHttpServletResponse response = new MockHttpServletResponse();
  private final MockFilterChain chain = new MockFilterChain();
  private RefusedRequests refusals;

  @BeforeEach
  void openAudit(@TempDir Path directory) {
    refusals =
        new RefusedRequests(
            new AuditLog(
                false,
                new AuditProperties(null, Duration.ofDays(1)),
                new LocalDisk(),
                new DataDir(directory),
                Clock.systemUTC(),
                meters),
            meters);
  }

  private MockHttpServletRequest filtered(String token) throws Exception {
    var security = AuthenticationCondition.properties(new MockEnvironment());
    HandlerExceptionResolver errors = (request, answer, handler, e) -> null;
    var request = new MockHttpServletRequest("GET", PATH);
    if (token != null) {
      request.addHeader(PeerTokens.HEADER, token);
    }
    new PeerConfiguration()
        .peerFilter(tokens, new SettableTime(), refusals, security, errors)
        .getFilter()
        .doFilter(request, response, chain);
    return request;
  }

  @Test
  void aRequestOfAClientIsNone() throws Exception {
    var request = filtered(null);

    assertThat(PeerCall.of(request)).isEmpty();
    assertThat(chain.getRequest()).isNotNull();
  }

  @Test
  void aCallOfAPeerIsKnown() throws Exception {
    var call = new PeerCall("r-1", "q-1", null, null);

    var request = filtered(tokens.create(call, "GET", PATH));

    assertThat(PeerCall.of(request)).contains(call);
    assertThat(chain.getRequest()).isNotNull();
    assertThat(SecurityContextHolder.getContext().getAuthentication()).isNull();
  }

  @Test
  void aForgedTokenIsRefusedAndCounted() throws Exception {
    var request = filtered(tokens.create(new PeerCall("r-1", "q-1", null, null), "GET", "/other"));

    assertThat(PeerCall.of(request)).isEmpty();
    assertThat(chain.getRequest()).isNull();
    assertThat(response.getStatus()).isEqualTo(401);
    assertThat(response.getHeader("WWW-Authenticate")).isEqualTo("Rollbook-Peer");
    assertThat(meters.get("http.refused").tag("reason", "unauthenticated").counter().count())
        .isEqualTo(1);
  }
}
