package dev.rollbook.api.cluster;

import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.rollbook.cluster.FakeCluster;
import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.http.OpenUpload;
import dev.rollbook.http.RawRequest;
import dev.rollbook.model.RollbookException.SearchUnavailable;
import dev.rollbook.model.ThreadId;
import dev.rollbook.web.security.AbstractAuthenticationHttpTest;
import dev.rollbook.web.security.access.Caller.Mechanism;
import dev.rollbook.web.security.access.Scope;
import dev.rollbook.web.security.peer.ClusterKeys;
import dev.rollbook.web.security.peer.ClusterKeys.Purpose;
import dev.rollbook.web.security.peer.PeerTokens;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

/// Calls for threads that another replica has in memory.
class PassOnHttpTest extends AbstractAuthenticationHttpTest {
  private static final String JSON = "application/json";
  private static final String PROBLEM = "application/problem+json";
  private static final String WITH_ID =
      "{\"items\":[{\"id\":\"m-1\",\"type\":\"x\",\"payload\":1}]}";
  private static final String WITHOUT_ID = "{\"items\":[{\"type\":\"x\",\"payload\":1}]}";

  @Autowired FakeCluster cluster;
  @Autowired MeterRegistry meters;
  private String thread;
  private String path;

  @BeforeEach
  void startThread() {
    thread = client.startThread();
    path = thread(thread);
  }

  @AfterEach
  void giveBack() {
    cluster.clear();
  }

  private RawRequest request(String method, String target) {
    return with(ANN, RawRequest.of(method, target));
  }

  private RawRequest append(String body) {
    return with(ALL, RawRequest.of("POST", path + "/items")).body(JSON, body);
  }

  private long count(String outcome) {
    return meters.get("cluster.calls.passed.on").tag("outcome", outcome).timer().count();
  }

  private long answers() {
    return meters.get("cluster.calls.answer").timer().count();
  }

  @Test
  void passesACallAndItsAnswerOn() {
    try (var owner =
        StubPeer.start(exchange -> {
          exchange.getResponseHeaders().set("ETag", "\"7\"");
          exchange.getResponseHeaders().set("Set-Cookie", "a=b");
          exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
          StubPeer.answer(exchange, 200, JSON, "{\"by\":\"owner\"}");
        })) {
      cluster.setOwner(thread, owner.replica());
      long before = count("answered");
      long answersBefore = answers();
      var answer =
          request("PATCH", path)
              .body("application/merge-patch+json", "{\"name\":\"n\"}")
              .header("If-Match", "\"6\"")
              .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
              .header("X-Request-Id", "r-1")
              .header("X-Forwarded-For", "203.0.113.7")
              .header("Forwarded", "for=203.0.113.7")
              .header("Cookie", "c=d")
              .header("Accept-Encoding", "gzip")
              .header("Keep-Alive", "timeout=5")
              .header("TE", "trailers")
              .header("Origin", "https://app.example")
              .send(port);

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("{\"by\":\"owner\"}");
      assertThat(answer.header("ETag")).isEqualTo("\"7\"");
      assertThat(answer.header("Set-Cookie")).isEmpty();
      assertThat(answer.headers())
          .filteredOn(line -> line.startsWith("X-Content-Type-Options"))
          .hasSize(1);
      assertThat(count("answered")).isEqualTo(before + 1);
      assertThat(answers()).isEqualTo(answersBefore + 1);

      var sent = owner.received().getFirst();
      assertThat(sent.method()).isEqualTo("PATCH");
      assertThat(sent.target()).isEqualTo(path);
      assertThat(sent.body()).isEqualTo("{\"name\":\"n\"}");
      assertThat(sent.headers().getFirst("Content-Type")).isEqualTo("application/merge-patch+json");
      assertThat(sent.headers().getFirst("If-Match")).isEqualTo("\"6\"");
      assertThat(sent.headers().getFirst("X-Request-Id")).isEqualTo("r-1");
      assertThat(sent.headers()).containsKey("Traceparent");
      assertThat(sent.headers())
          .doesNotContainKeys(
              "Authorization",
              "X-forwarded-for",
              "Forwarded",
              "Cookie",
              "Accept-encoding",
              "Keep-alive",
              "Te",
              "Origin");

      var call = tokens().verify(sent.headers().getFirst(PeerTokens.HEADER), "PATCH", path);
      assertThat(call.replica()).isEqualTo(cluster.self().id().toString());
      assertThat(call.thread()).isEqualTo(thread);
      assertThat(call.caller().principal()).isEqualTo("ann");
      assertThat(call.caller().tenant()).isEqualTo("team-a");
      assertThat(call.caller().mechanism()).isEqualTo(Mechanism.TOKEN);
      assertThat(call.caller().scopes()).contains(Scope.READ).doesNotContain(Scope.ALL_TENANTS);
    }
  }

  @Test
  void anEmptyQueryIsNoneForTheTokenOfTheCall() {
    try (var owner = StubPeer.start(exchange -> StubPeer.answer(exchange, 200, JSON, "{}"))) {
      cluster.setOwner(thread, owner.replica());
      assertThat(request("GET", path + "?").send(port).status()).isEqualTo(200);

      var sent = owner.received().getFirst();
      assertThat(sent.target()).isEqualTo(path);
      assertThat(tokens().verify(sent.headers().getFirst(PeerTokens.HEADER), "GET", path).thread())
          .isEqualTo(thread);
    }
  }

  @Test
  void headersNamedByConnectionStayOnTheirConnection() throws IOException {
    try (var owner = StubPeer.start(exchange -> StubPeer.answer(exchange, 200, JSON, "{}"));
        var socket = new Socket("127.0.0.1", port)) {
      cluster.setOwner(thread, owner.replica());
      socket
          .getOutputStream()
          .write(
              "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nX-End: 2\r\n\r\n"
                  .formatted(path, ANN)
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.1 200");

      assertThat(owner.received().getFirst().headers())
          .containsKey("X-end")
          .doesNotContainKey("X-hop");
    }
  }

  @ParameterizedTest
  @CsvSource({"404", "409", "429", "500", "503"})
  void passesRefusalsOn(int status) {
    try (var owner =
        StubPeer.start(exchange -> {
          exchange.getResponseHeaders().set("Retry-After", "7");
          StubPeer.answer(exchange, status, PROBLEM, "{\"code\":\"c\"}");
        })) {
      cluster.setOwner(thread, owner.replica());
      var answer = append(WITHOUT_ID).send(port);

      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.header("Retry-After")).isEqualTo("7");
      assertThat(answer.header("Content-Type")).isEqualTo(PROBLEM);
      assertThat(answer.body()).isEqualTo("{\"code\":\"c\"}");
      assertThat(owner.received()).hasSize(1);
    }
  }

  @Test
  void aCallerWithoutTheScopeIsRefusedBeforeTheCallIsPassedOn() {
    try (var owner = StubPeer.start(exchange -> StubPeer.answer(exchange, 200, JSON, "{}"))) {
      cluster.setOwner(thread, owner.replica());

      var refused =
          with(TOKENS.token("without-append"), RawRequest.of("POST", path + "/items"))
              .body(JSON, WITH_ID)
              .send(port);

      assertThat(refused.status()).isEqualTo(403);
      assertThat(owner.received()).isEmpty();
    }
  }

  @Test
  void anUploadIsPassedOnWhileItArrives() throws Exception {
    var lines = new LinkedBlockingQueue<String>();
    try (var owner =
        StubPeer.reading(exchange -> {
          var in = new BufferedReader(new InputStreamReader(exchange.getRequestBody()));
          for (var line = in.readLine(); line != null; line = in.readLine()) {
            lines.add(line);
          }
          StubPeer.answer(exchange, 200, JSON, "{\"accepted\":2}");
        })) {
      cluster.setOwner(thread, owner.replica());
      long answersBefore = answers();
      try (var upload = OpenUpload.chunked(port, path + "/items", ALL)) {
        upload.send("one\n");
        assertThat(lines.poll(1, TimeUnit.MINUTES)).isEqualTo("one");
        upload.send("two\n");
        assertThat(lines.poll(1, TimeUnit.MINUTES)).isEqualTo("two");

        var reply = upload.end();

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.at("accepted")).isEqualTo("2");
        assertThat(answers()).as("the client decides how long it takes").isEqualTo(answersBefore);
      }
    }
  }

  @Test
  void anUploadThatNoOwnerHasTakenGoesToTheNextOne() throws Exception {
    try (var next =
        StubPeer.start(exchange -> StubPeer.answer(exchange, 200, JSON, "{\"accepted\":1}"))) {
      cluster.setOwner(thread, StubPeer.refusing());
      try (var upload = OpenUpload.chunked(port, path + "/items", ALL)) {
        upload.send("one\n");
        cluster.setOwner(thread, next.replica());

        assertThat(upload.end().status()).isEqualTo(200);
        assertThat(next.received().getFirst().body()).isEqualTo("one\n");
      }
    }
  }

  @Test
  void anUploadIsHandledHereIfNoOwnerHasTakenIt() throws Exception {
    var owner = StubPeer.refusing();
    cluster.setOwner(thread, owner);
    try (var upload = OpenUpload.chunked(port, path + "/items", ALL)) {
      upload.send("{\"type\":\"x\",\"payload\":1}\n");
      cluster.setGone(owner);
      var reply = upload.end();

      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.at("accepted")).isEqualTo("1");
    }
  }

  @Test
  void theOwnersEarlyAnswerToAnUploadReachesTheClient() throws Exception {
    try (var owner =
        StubPeer.reading(exchange -> {
          exchange.getRequestBody().read();
          StubPeer.answer(exchange, 409, PROBLEM, "{\"code\":\"turn_ended\"}");
        })) {
      cluster.setOwner(thread, owner.replica());
      try (var upload = OpenUpload.chunked(port, path + "/items", ALL)) {
        upload.send("one\n").send("two\n");
        var reply = upload.end();

        assertThat(reply.status()).isEqualTo(409);
        assertThat(reply.at("code")).isEqualTo("turn_ended");
      }
    }
  }

  @Test
  void anUploadWhoseOwnerIsGoneHasAnUnknownOutcome() throws Exception {
    var arrived = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    try (var owner =
        StubPeer.reading(exchange -> {
          exchange.getRequestBody().read();
          arrived.countDown();
          release.await();
        })) {
      cluster.setOwner(thread, owner.replica());
      try (var upload = OpenUpload.chunked(port, path + "/items", ALL)) {
        upload.send("one\n");
        arrived.await();
        cluster.setGone(owner.replica());

        var reply = upload.end();

        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.at("code")).isEqualTo("outcome_unknown");
      } finally {
        release.countDown();
      }
    }
  }

  @Test
  void aDownloadIsPassedBackWhileItArrives() throws Exception {
    var wasRead = new CountDownLatch(1);
    try (var owner =
        StubPeer.start(exchange -> {
          exchange.getResponseHeaders().set("Content-Type", "application/x-ndjson");
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write("one\n".getBytes(StandardCharsets.US_ASCII));
          exchange.getResponseBody().flush();
          wasRead.await();
          exchange.getResponseBody().write("two\n".getBytes(StandardCharsets.US_ASCII));
        })) {
      cluster.setOwner(thread, owner.replica());
      try (var socket = new Socket("127.0.0.1", port)) {
        socket.setSoTimeout(60_000);
        socket
            .getOutputStream()
            .write(
                "GET %s/rollout HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n"
                    .formatted(path, ALL)
                    .getBytes(StandardCharsets.US_ASCII));
        var in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
        while (!in.readLine().isEmpty()) {}
        assertThat(in.readLine()).isEqualTo("one");
        wasRead.countDown();
        assertThat(in.readLine()).isEqualTo("two");
        assertThat(in.readLine()).isNull();
      }
    }
  }

  @Test
  void aResponseThatBreaksOffIsNotCompletedForTheClient() {
    try (var owner =
        StubPeer.start(exchange -> {
          exchange.getResponseHeaders().set("Content-Type", JSON);
          exchange.sendResponseHeaders(200, 1_000_000);
          exchange.getResponseBody().write(new byte[100_000]);
          exchange.getResponseBody().flush();
          throw new IOException("breaks off");
        })) {
      cluster.setOwner(thread, owner.replica());
      var answer = with(ALL, RawRequest.of("GET", path + "/items")).send(port);

      assertThat(answer.header("Content-Length")).isEqualTo("1000000");
      assertThat(answer.body().length()).isLessThan(1_000_000);
    }
  }

  @Test
  void aCallIsHandledHereIfItsOwnerIsGone() {
    var owner = StubPeer.refusing();
    cluster.setOwner(thread, owner);
    cluster.setGone(owner);

    assertThat(append(WITHOUT_ID).send(port).status()).isEqualTo(200);
  }

  @Test
  void aRefusedConnectionWaitsUntilTheOwnerIsGone() {
    var owner = StubPeer.refusing();
    cluster.setOwner(thread, owner);
    var answer = CompletableFuture.supplyAsync(() -> append(WITHOUT_ID).send(port));
    cluster.setGone(owner);

    assertThat(answer.join().status()).isEqualTo(200);
  }

  /// Else the call would fail as long as the owner that was killed is not known to be gone.
  @Test
  void anotherReplicaAtTheAddressOfTheOwnerIsNotTheOwner() {
    try (var successor =
        StubPeer.start(exchange -> {
          exchange.getResponseHeaders().set("Rollbook-Replica", UUID.randomUUID().toString());
          StubPeer.answer(exchange, 421, PROBLEM, "");
        })) {
      var owner = successor.replica();
      cluster.setOwner(thread, owner);
      var answer = CompletableFuture.supplyAsync(() -> append(WITHOUT_ID).send(port));
      await().until(() -> successor.received().size() > 3);
      cluster.setGone(owner);

      assertThat(answer.join().status()).isEqualTo(200);
      assertThat(successor.received().getFirst().headers().getFirst("Rollbook-Replica"))
          .isEqualTo(owner.id().toString());
    }
  }

  @Test
  void anOwnerThatRefusesConnectionsAndLivesIsUnavailable() {
    cluster.setOwner(thread, StubPeer.refusing());
    long before = count("owner_unavailable");

    var answer = append(WITHOUT_ID).send(port);

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.body())
        .contains("\"code\":\"owner_unavailable\"", "\"retryable\":true", thread)
        .doesNotContain("refusing");
    assertThat(count("owner_unavailable")).isEqualTo(before + 1);
  }

  @ParameterizedTest
  @CsvSource({"true,200", "false,503"})
  void anAppendToASilentOwnerThatIsGoneIsRepeatedHereOnlyIfItsItemsHaveIds(
      boolean hasIds, int status) throws Exception {
    var arrived = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    try (var owner =
        StubPeer.start(exchange -> {
          arrived.countDown();
          release.await();
        })) {
      cluster.setOwner(thread, owner.replica());
      var sent =
          CompletableFuture.supplyAsync(() -> append(hasIds ? WITH_ID : WITHOUT_ID).send(port));
      arrived.await();
      cluster.setGone(owner.replica());
      var answer = sent.join();
      release.countDown();

      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.body())
          .contains(hasIds ? "\"accepted\":1" : "\"code\":\"outcome_unknown\"");
    }
  }

  /// It may be the last attempt that was not done, after one that was.
  @Test
  void anAppendThatMayHaveBeenDoneIsNeverReportedAsNotDone() {
    try (var owner =
        StubPeer.start(exchange -> {
          throw new IOException("hangs up");
        })) {
      cluster.setOwner(thread, owner.replica());
      var answer = append(WITH_ID).send(port);

      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.body()).contains("\"code\":\"outcome_unknown\"").doesNotContain("stub");
      assertThat(owner.received()).hasSizeGreaterThan(1);
    }
  }

  @Test
  void aCallerThatDoesNotSeeTheThreadDoesNotLearnThatItsOwnerIsAway() {
    cluster.setOwner(thread, StubPeer.refusing());

    assertThat(request("GET", path).send(port).status()).isEqualTo(404);
  }

  @Test
  void aReadIsRepeatedWhereTheThreadHasMoved() {
    try (var next = StubPeer.start(exchange -> StubPeer.answer(exchange, 200, JSON, "{\"n\":2}"));
        var owner =
            StubPeer.start(exchange -> {
              cluster.setOwner(thread, next.replica());
              throw new IOException("hangs up");
            })) {
      cluster.setOwner(thread, owner.replica());

      assertThat(with(ALL, RawRequest.of("GET", path)).send(port).body()).isEqualTo("{\"n\":2}");
      assertThat(owner.received()).isNotEmpty();
    }
  }

  @Test
  void aCallThatTheOwnerDoesNotHaveAnyMoreGoesToTheNextOne() {
    try (var next = StubPeer.start(exchange -> StubPeer.answer(exchange, 200, JSON, "{\"n\":2}"));
        var owner =
            StubPeer.start(exchange -> {
              cluster.setOwner(thread, next.replica());
              StubPeer.answer(exchange, 421, PROBLEM, "{\"code\":\"owned_elsewhere\"}");
            })) {
      cluster.setOwner(thread, owner.replica());

      assertThat(append(WITHOUT_ID).send(port).body()).isEqualTo("{\"n\":2}");
      assertThat(next.received().getFirst().body()).isEqualTo(WITHOUT_ID);
    }
  }

  @Test
  void aReplicaThatDoesNotHaveTheThreadNamesTheOwner() {
    try (var next = StubPeer.start(exchange -> StubPeer.answer(exchange, 200, JSON, "{\"n\":2}"));
        var owner =
            StubPeer.start(exchange -> {
              exchange.getResponseHeaders().set("Rollbook-Owner", next.replica().id().toString());
              StubPeer.answer(exchange, 421, PROBLEM, "{\"code\":\"owned_elsewhere\"}");
            })) {
      cluster.setOwner(thread, next.replica());
      cluster.setOwner(thread, owner.replica());

      assertThat(append(WITHOUT_ID).send(port).body()).isEqualTo("{\"n\":2}");
      assertThat(owner.received()).hasSize(1);
    }
  }

  @Test
  void aReplicaThatStopsPassesCallsOnToOneThatDoesNot() {
    try (var heir = StubPeer.start(exchange -> StubPeer.answer(exchange, 200, JSON, "{\"n\":2}"));
        var stopping =
            StubPeer.start(exchange -> {
              exchange.getResponseHeaders().set("Rollbook-Stopping", "true");
              StubPeer.answer(exchange, 421, PROBLEM, "{\"code\":\"owned_elsewhere\"}");
            })) {
      cluster.stop(StubPeer.refusing(), stopping.replica(), heir.replica());
      var answer = append(WITHOUT_ID).send(port);

      assertThat(answer.body()).isEqualTo("{\"n\":2}");
      assertThat(answer.header("Connection")).isEqualTo("close");
      assertThat(answer.header("Rollbook-Stopping")).isEmpty();
      assertThat(stopping.received()).hasSize(1);
      assertThat(heir.received().getFirst().body()).isEqualTo(WITHOUT_ID);
    }
  }

  /// Its rows say until then that the thread is not free.
  @Test
  void aCallWaitsUntilTheThreadIsGivenUp() {
    var refusals = new AtomicInteger(10);
    try (var heir =
        StubPeer.start(exchange -> {
          if (refusals.getAndDecrement() > 0) {
            StubPeer.answer(exchange, 421, PROBLEM, "{\"code\":\"owned_elsewhere\"}");
          } else {
            StubPeer.answer(exchange, 200, JSON, "{\"n\":2}");
          }
        })) {
      cluster.stop(heir.replica());

      assertThat(append(WITHOUT_ID).send(port).body()).isEqualTo("{\"n\":2}");
    }
  }

  /// As the start of a thread with `resumeId`, whose controller finds the owner.
  @Test
  void aCallThatAControllerHasRefusedIsDoneHereIfTheOwnerGivesTheThreadUp() throws Exception {
    var self = cluster.self();
    try (var here = StubPeer.start(exchange -> StubPeer.answer(exchange, 200, JSON, "{\"n\":2}"));
        var owner =
            StubPeer.start(exchange -> {
              cluster.release(thread);
              exchange.getResponseHeaders().set("Rollbook-Stopping", "true");
              StubPeer.answer(exchange, 421, PROBLEM, "{\"code\":\"owned_elsewhere\"}");
            })) {
      cluster.setSelf(here.replica());
      cluster.setOwner(thread, owner.replica());
      var response = new MockHttpServletResponse();
      context
          .getBean(CallRouter.class)
          .passOn(
              new OwnedElsewhereException(ThreadId.parse(thread), owner.replica()),
              new MockHttpServletRequest("DELETE", path),
              response);

      assertThat(response.getContentAsString()).isEqualTo("{\"n\":2}");
      assertThat(here.received()).hasSize(1);
    } finally {
      cluster.setSelf(self);
    }
  }

  @Test
  void aReplicaThatStopsHandlesCallsItselfIfNoPeerIsLeft() {
    cluster.stop(StubPeer.refusing());

    assertThat(append(WITHOUT_ID).send(port).status()).isEqualTo(200);
  }

  @Test
  void aCallThatNobodyTakesIsNotPassedOnForEver() {
    try (var owner =
        StubPeer.start(exchange ->
            StubPeer.answer(exchange, 421, PROBLEM, "{\"code\":\"owned_elsewhere\"}"))) {
      cluster.setOwner(thread, owner.replica());
      var answer = append(WITHOUT_ID).send(port);

      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.body()).contains("\"code\":\"owner_unavailable\"");
      assertThat(owner.received()).hasSize(3);
    }
  }

  @Test
  void aPeerThatRefusesTheTokenOfThisReplicaIsNotTheFaultOfTheClient() {
    try (var owner =
        StubPeer.start(exchange -> {
          exchange.getResponseHeaders().set("WWW-Authenticate", "Rollbook-Peer");
          StubPeer.answer(exchange, 401, PROBLEM, "{\"code\":\"unauthenticated\"}");
        })) {
      cluster.setOwner(thread, owner.replica());
      var answer = append(WITHOUT_ID).send(port);

      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.body()).contains("\"code\":\"owner_unavailable\"");
      await()
          .untilAsserted(() ->
              assertThat(logged(Level.WARN)).anyMatch(line -> line.contains("cluster.secret")));
    }
  }

  @Test
  void aReplicaThatDoesNotSearchAsksOneThatDoes() throws Exception {
    try (var searcher =
            StubPeer.start(exchange -> StubPeer.answer(exchange, 200, JSON, "{\"data\":[]}"));
        var other =
            StubPeer.start(exchange ->
                StubPeer.answer(exchange, 404, PROBLEM, "{\"code\":\"search_disabled\"}"))) {
      cluster.setOwner(thread, searcher.replica());
      cluster.setOwner(thread, other.replica());
      var response = new MockHttpServletResponse();

      assertThat(search(response)).isFalse();
      assertThat(response.getContentAsString()).isEqualTo("{\"data\":[]}");
      assertThat(searcher.received().getFirst().target()).isEqualTo("/v1/search?q=x");
    }
  }

  @Test
  void aSearchIsHandledHereIfNoReplicaSearches() throws Exception {
    assertThat(search(new MockHttpServletResponse())).isTrue();
    try (var other =
        StubPeer.start(exchange ->
            StubPeer.answer(exchange, 404, PROBLEM, "{\"code\":\"search_disabled\"}"))) {
      cluster.setOwner(thread, other.replica());
      assertThat(search(new MockHttpServletResponse())).isTrue();

      cluster.setOwner(thread, StubPeer.refusing());
      assertThatThrownBy(() -> search(new MockHttpServletResponse()))
          .isInstanceOf(SearchUnavailable.class);
    }
  }

  /// At a replica without an index.
  private boolean search(MockHttpServletResponse response) throws IOException {
    var request = new MockHttpServletRequest("GET", "/v1/search");
    request.setServletPath("/v1/search");
    request.setQueryString("q=x");
    return new PassOnInterceptor(context.getBean(CallRouter.class), cluster, false)
        .preHandle(request, response, "handler");
  }

  @Test
  void aBodyThatIsTooLargeIsRefusedWithoutTheOwner() {
    try (var owner = StubPeer.start(exchange -> StubPeer.answer(exchange, 200, JSON, "{}"))) {
      cluster.setOwner(thread, owner.replica());
      var answer =
          with(ALL, RawRequest.of("POST", path + "/items"))
              .header("Content-Type", JSON)
              .header("Content-Length", "99999999999")
              .send(port);

      assertThat(answer.status()).isEqualTo(413);
      assertThat(owner.received()).isEmpty();
    }
  }

  private static PeerTokens tokens() {
    return new PeerTokens(
        ClusterKeys.derive(FakeCluster.SECRET, Purpose.PEER_TOKEN), Clock.systemUTC());
  }
}
