package dev.rollbook.operating;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.api.cluster.StubPeer;
import dev.rollbook.http.OpenUpload;
import dev.rollbook.http.RawRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real nginx before three servers that stand for replicas.
class NginxTest {
  private static final String JSON = "application/json";

  @TempDir Path directory;
  private final List<StubPeer> replicas = new ArrayList<>();
  private Nginx nginx;

  @AfterEach
  void stop() {
    if (nginx != null) {
      nginx.close();
    }
    replicas.forEach(StubPeer::close);
  }

  private void start(StubPeer.Handler handler, boolean readsBodies) throws IOException {
    for (int n = 0; n < 3; n++) {
      replicas.add(readsBodies ? StubPeer.start(handler) : StubPeer.reading(handler));
    }
    nginx = Nginx.start(directory, replicas.stream().map(NginxTest::port).toList());
  }

  private static int port(StubPeer replica) {
    return replica.replica().address().getPort();
  }

  private RawRequest append(String thread) {
    return RawRequest.of("POST", "/v1/threads/%s/items".formatted(thread)).body(JSON, "{}");
  }

  @Test
  void callsOfOneThreadGoToOneReplicaAndThoseOfManyToAll() throws IOException {
    start(exchange -> StubPeer.answer(exchange, 200, JSON, "{}"), true);
    var thread = UUID.randomUUID().toString();
    for (int n = 0; n < 6; n++) {
      assertThat(append(thread).send(nginx.port()).status()).isEqualTo(200);
    }
    assertThat(replicas).extracting(replica -> replica.received().size()).containsOnlyOnce(6);

    for (int n = 0; n < 60; n++) {
      append(UUID.randomUUID().toString()).send(nginx.port());
    }
    assertThat(replicas).allSatisfy(replica -> assertThat(replica.received()).isNotEmpty());
  }

  @Test
  void aCallWhoseReplicaIsAwayGoesToAnotherOneOnce() throws IOException {
    start(exchange -> StubPeer.answer(exchange, 200, JSON, "{}"), true);
    replicas.getFirst().close();

    for (int n = 0; n < 30; n++) {
      var answer = append(UUID.randomUUID().toString()).send(nginx.port());
      assertThat(answer.status()).isEqualTo(200);
    }

    assertThat(replicas.get(1).received().size() + replicas.get(2).received().size()).isEqualTo(30);
  }

  @Test
  void anAppendThatWasSentIsNotSentAgain() throws IOException {
    start(
        exchange -> {
          throw new IOException("breaks off");
        },
        true);

    assertThat(append("a").send(nginx.port()).status()).isEqualTo(502);

    assertThat(replicas.stream().mapToInt(replica -> replica.received().size()).sum()).isOne();
  }

  @Test
  void theHostAndTheTokenOfTheClientArrive() throws IOException {
    start(exchange -> StubPeer.answer(exchange, 200, JSON, "{}"), true);

    append("a").header("Authorization", "Bearer token").send(nginx.port());

    var headers =
        replicas.stream()
            .flatMap(replica -> replica.received().stream())
            .findFirst()
            .orElseThrow()
            .headers();
    assertThat(headers.getFirst("Authorization")).isEqualTo("Bearer token");
    assertThat(headers.getFirst("Host")).isEqualTo("127.0.0.1:" + nginx.port());
  }

  @Test
  void eventsArriveAsTheyAreSent() throws Exception {
    var wasRead = new CountDownLatch(1);
    start(
        exchange -> {
          exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write("data: one\n".getBytes(StandardCharsets.US_ASCII));
          exchange.getResponseBody().flush();
          wasRead.await();
          exchange.getResponseBody().write("data: two\n".getBytes(StandardCharsets.US_ASCII));
        },
        false);
    try (var socket = new Socket("127.0.0.1", nginx.port())) {
      socket.setSoTimeout(60_000);
      socket
          .getOutputStream()
          .write(
              "GET /v1/threads/a/events HTTP/1.0\r\nHost: localhost\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      var in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
      while (!in.readLine().isEmpty()) {}
      assertThat(in.readLine()).isEqualTo("data: one");
      wasRead.countDown();
      assertThat(in.readLine()).isEqualTo("data: two");
    }
  }

  @Test
  void uploadsArriveAsTheyAreSent() throws Exception {
    var lines = new LinkedBlockingQueue<String>();
    start(
        exchange -> {
          var in = new BufferedReader(new InputStreamReader(exchange.getRequestBody()));
          for (var line = in.readLine(); line != null; line = in.readLine()) {
            lines.add(line);
          }
          StubPeer.answer(exchange, 200, JSON, "{\"accepted\":2}");
        },
        false);
    try (var upload = OpenUpload.chunked(nginx.port(), "/v1/threads/a/items")) {
      upload.send("one\n");
      assertThat(lines.poll(1, TimeUnit.MINUTES)).isEqualTo("one");
      upload.send("two\n");

      assertThat(upload.end().at("accepted")).isEqualTo("2");
    }
  }

  /// After some time, a replica that was away gets calls again.
  @Test
  void aReplicaThatIsBackGetsCallsAgain() throws IOException {
    start(exchange -> StubPeer.answer(exchange, 200, JSON, "{}"), true);
    int port = port(replicas.getFirst());
    replicas.getFirst().close();
    for (int n = 0; n < 10; n++) {
      append(UUID.randomUUID().toString()).send(nginx.port());
    }
    var back = StubPeer.at(port, exchange -> StubPeer.answer(exchange, 200, JSON, "{}"));
    replicas.add(back);

    await()
        .until(() -> {
          append(UUID.randomUUID().toString()).send(nginx.port());
          return !back.received().isEmpty();
        });
  }
}
