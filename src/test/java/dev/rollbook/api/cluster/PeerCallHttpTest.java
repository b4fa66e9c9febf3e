package dev.rollbook.api.cluster;

import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.cluster.FakeCluster;
import dev.rollbook.http.EventClient;
import dev.rollbook.http.RawRequest;
import dev.rollbook.web.security.AbstractAuthenticationHttpTest;
import dev.rollbook.web.security.access.Caller;
import dev.rollbook.web.security.access.Scope;
import dev.rollbook.web.security.peer.ClusterKeys;
import dev.rollbook.web.security.peer.ClusterKeys.Purpose;
import dev.rollbook.web.security.peer.PeerCall;
import dev.rollbook.web.security.peer.PeerTokens;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/// Calls that another replica passes on to this one.
class PeerCallHttpTest extends AbstractAuthenticationHttpTest {
  private static final String REQUEST_ID = "0190a000-0000-7000-8000-000000000001";
  private static final Set<Scope> OF_ONE_TENANT =
      EnumSet.complementOf(EnumSet.of(Scope.ALL_TENANTS));

  @Autowired FakeCluster cluster;
  @Autowired MeterRegistry meters;
  private String thread;
  private String path;

  @BeforeEach
  void startThread() {
    thread = client.withToken(ANN).startThread();
    path = thread(thread);
  }

  @AfterEach
  void giveBack() {
    cluster.clear();
  }

  private static PeerTokens tokens(String secret, Clock clock) {
    return new PeerTokens(ClusterKeys.derive(secret, Purpose.PEER_TOKEN), clock);
  }

  private static PeerTokens tokens() {
    return tokens(FakeCluster.SECRET, Clock.systemUTC());
  }

  private static Caller caller(String principal, String tenant, Set<Scope> scopes) {
    return new Caller(principal, tenant, scopes, Caller.Mechanism.TOKEN, "key", null);
  }

  private PeerCall call(Caller caller) {
    return new PeerCall("replica-1", REQUEST_ID, thread, caller);
  }

  private PeerCall callOfAnn() {
    return call(caller("ann", "team-a", OF_ONE_TENANT));
  }

  private static RawRequest sent(PeerCall call, String method, String target) {
    return RawRequest.of(method, target)
        .header(PeerTokens.HEADER, tokens().create(call, method, target));
  }

  @Test
  void isDoneForTheCallerThatItStates() {
    assertThat(sent(callOfAnn(), "GET", path).send(port).status()).isEqualTo(200);
    assertThat(sent(call(caller("bob", "team-b", OF_ONE_TENANT)), "GET", path).send(port).status())
        .isEqualTo(404);
    var refused =
        sent(call(caller("ann", "team-a", Set.of(Scope.READ))), "DELETE", path).send(port);
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.body()).contains("\"requiredScope\":\"manage\"");
  }

  @Test
  void withoutACallerMayDoNothing() {
    assertThat(sent(call(null), "GET", path).send(port).status()).isEqualTo(403);
  }

  @Test
  void isRefusedIfTheThreadIsElsewhereAndNotPassedOn() {
    try (var owner =
        StubPeer.start(exchange -> StubPeer.answer(exchange, 200, "application/json", "{}"))) {
      cluster.setOwner(thread, owner.replica());
      for (var target : List.of(path, path + "/items", path + "/events")) {
        var answer = sent(callOfAnn(), "GET", target).send(port);

        assertThat(answer.status()).as(target).isEqualTo(421);
        assertThat(answer.body()).contains("\"code\":\"owned_elsewhere\"");
        assertThat(answer.header("Rollbook-Owner")).isEqualTo(owner.replica().id().toString());
      }
      assertThat(owner.received()).isEmpty();
    }
  }

  @Test
  void isRefusedByAReplicaThatStopsWhichSaysSo() {
    cluster.stop(StubPeer.refusing());
    var answer = sent(callOfAnn(), "GET", path).send(port);

    assertThat(answer.status()).isEqualTo(421);
    assertThat(answer.header("Rollbook-Stopping")).isEqualTo("true");
  }

  @Test
  void isRefusedIfItIsForAReplicaThatWasHereBefore() {
    var self = cluster.self().id().toString();
    for (var target : List.of(path, path + "/events", "/v1/events")) {
      var answer =
          sent(callOfAnn(), "GET", target)
              .header("Rollbook-Replica", UUID.randomUUID().toString())
              .send(port);

      assertThat(answer.status()).as(target).isEqualTo(421);
      assertThat(answer.header("Rollbook-Replica")).isEqualTo(self);
    }
    var answer = sent(callOfAnn(), "GET", path).header("Rollbook-Replica", self).send(port);
    assertThat(answer.status()).isEqualTo(200);
  }

  @Test
  void aStreamEndsWhenTheThreadLeavesSoThatThePeerFollowsIt() {
    var target = path + "/events";
    var token = tokens().create(callOfAnn(), "GET", target);
    try (var follower = EventClient.open(port, target, PeerTokens.HEADER, token)) {
      cluster.setOwner(thread, StubPeer.refusing());

      await().until(follower::isEnded);
    }
  }

  @Test
  void isRefusedIfItsTokenIsForgedExpiredOrOfAnotherCall() {
    var call = callOfAnn();
    var late = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(-5));
    var early = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(5));
    var good = tokens().create(call, "GET", path);
    long before = refused();
    var bad =
        List.of(
            tokens("another secret, of 32 bytes and more", Clock.systemUTC())
                .create(call, "GET", path),
            tokens(FakeCluster.SECRET, late).create(call, "GET", path),
            tokens(FakeCluster.SECRET, early).create(call, "GET", path),
            tokens().create(call, "DELETE", path),
            tokens().create(call, "GET", path + "/items"),
            tokens().create(call, "GET", path + "?limit=1"),
            good.substring(0, good.lastIndexOf('.') + 1),
            good.substring(0, good.length() - 3) + "AAA",
            "x",
            "");
    for (var token : bad) {
      var answer = RawRequest.of("GET", path).header(PeerTokens.HEADER, token).send(port);

      assertThat(answer.status()).as(token).isEqualTo(401);
      assertThat(answer.header("WWW-Authenticate")).isEqualTo("Rollbook-Peer");
    }
    assertThat(refused()).isEqualTo(before + bad.size());
    assertThat(RawRequest.of("GET", path).header(PeerTokens.HEADER, good).send(port).status())
        .isEqualTo(200);
  }

  @Test
  void needsItsOwnTokenBesideThatOfAClient() {
    var forged = with(ALL, RawRequest.of("GET", path)).header(PeerTokens.HEADER, "x").send(port);

    assertThat(forged.status()).isEqualTo(401);
    var ofPeer = with(ALL, sent(callOfAnn(), "GET", path)).send(port);
    assertThat(ofPeer.status()).isEqualTo(200);
  }

  @Test
  void isInTheAuditWithTheRequestIdOfTheReplicaOfTheClient() throws IOException {
    var id = UUID.randomUUID().toString();
    var call = new PeerCall("replica-1", id, thread, caller("ann", "team-a", OF_ONE_TENANT));

    assertThat(sent(call, "DELETE", path).send(port).status()).isEqualTo(204);

    assertThat(auditLines(id))
        .hasSize(2)
        .allMatch(line -> line.contains("\"caller\":\"ann\"") && line.contains(thread));
  }

  @Test
  void andTheReplicaOfTheClientNamesTheSameRequestId() throws IOException {
    try (var owner =
        StubPeer.start(exchange -> StubPeer.answer(exchange, 204, "application/json", ""))) {
      cluster.setOwner(thread, owner.replica());
      assertThat(with(ANN, RawRequest.of("DELETE", path)).send(port).status()).isEqualTo(204);

      var token = owner.received().getFirst().headers().getFirst(PeerTokens.HEADER);
      var id = tokens().verify(token, "DELETE", path).requestId();
      assertThat(auditLines(id)).hasSize(2).allMatch(line -> line.contains(thread));
    }
  }

  private long refused() {
    return (long) meters.get("http.refused").tag("reason", "unauthenticated").counter().count();
  }

  private static List<String> auditLines(String requestId) throws IOException {
    try (Stream<Path> days = Files.list(DATA.resolve("audit"))) {
      return days.flatMap(
              day -> {
                try {
                  return Files.readAllLines(day).stream();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              })
          .filter(line -> line.contains(requestId))
          .toList();
    }
  }
}
