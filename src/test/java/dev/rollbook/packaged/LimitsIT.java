package dev.rollbook.packaged;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.model.ThreadId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A heap of 256 MB is enough for any load, and appends of others are answered meanwhile.
@Order(4)
class LimitsIT {
  private static final int LIVE = 64;
  private static final int CONNECTIONS = 200;

  /// Half of the requests, which are half as many as there may be connections.
  private static final int SHARE = CONNECTIONS / 4;

  private static final String MEGABYTES = "\"" + "x".repeat(7 << 20) + "\"";

  @TempDir static Path logs;
  @TempDir static Path dataDir;
  private static PackagedService service;
  private static RollbookClient client;
  private ConstantRateAppender others;

  @BeforeAll
  static void start() {
    service =
        PackagedService.start(
            dataDir,
            logs,
            "export ROLLBOOK_LIVE_MAXTHREADS=%d SERVER_TOMCAT_MAXCONNECTIONS=%d SERVER_TOMCAT_CONNECTIONTIMEOUT=8s SERVER_TOMCAT_KEEPALIVETIMEOUT=60s ROLLBOOK_HTTP_REQUESTTIMEOUT=8s;"
                .formatted(LIVE, CONNECTIONS));
    client = service.client();
  }

  @AfterAll
  static void stop() throws InterruptedException {
    service.close();
    service.awaitExit();
  }

  @BeforeEach
  void appendElsewhere() {
    others = new ConstantRateAppender(service.otherClient());
  }

  @AfterEach
  void othersWereAnsweredAndNothingWentWrong() throws Exception {
    others.close();
    assertThat(service.stdout())
        .noneMatch(line -> line.contains(" ERROR ") || line.contains("OutOfMemory"));
    assertThat(service.stderr()).isEmpty();
    assertThat(heapAfterCollection()).isLessThan(200L << 20);
  }

  @Test
  void moreThreadsThanTheLiveLimitContinueTheirTurnsAndDeduplicate() {
    var turns = IntStream.range(0, 2 * LIVE).mapToObj(n -> Turn.begin()).toList();
    turns.forEach(turn -> assertThat(turn.append("first").at("accepted")).isEqualTo("1"));

    assertThat(metric("threads.live")).isLessThanOrEqualTo(LIVE);
    for (var turn : turns) {
      assertThat(turn.append("first").at("duplicates")).isEqualTo("1");
      assertThat(turn.append("second").at("turnStatus")).isEqualTo("inProgress");
      var ended = expect(200, client.complete(turn.thread, turn.turn));
      assertThat(ended.at("itemCount")).isEqualTo("4");
    }
  }

  @Test
  void aRepeatedStartEvictsNoThread() {
    String start;
    do {
      start = "{\"id\":\"%s\"}".formatted(ThreadId.next());
      client.startThread(start);
    } while (metric("threads.live") < LIVE);

    expect(200, client.post("/v1/threads", start));

    assertThat(metric("threads.live")).isEqualTo(LIVE);
  }

  @Test
  void concurrentHugeBodiesAreAcceptedOrToldToRetry() throws Exception {
    var huge = body(MEGABYTES, MEGABYTES, MEGABYTES, MEGABYTES);
    var turns = IntStream.range(0, 12).mapToObj(n -> Turn.begin()).toList();

    var answers = atOnce(turns, turn -> service.client().post(turn.path(), huge));

    assertThat(answers).allSatisfy(LimitsIT::takenOrRefused).anyMatch(one -> one.status() == 200);
    var refused = answers.stream().filter(one -> one.status() == 429).count();
    assertThat(metric("http.refused?tag=reason:memory")).isGreaterThanOrEqualTo(refused);
    for (var turn : turns) {
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> client.post(turn.path(), body("1")).status() == 200);
    }
  }

  /// Large items of other tests may still be read by the search index: then the first answer is
  /// 429.
  @Test
  void aBodyWithTooManyItemsForTheHeapIsRejectedPermanently() {
    var items = String.join(",", Collections.nCopies(800_000, "{\"type\":\"a\",\"payload\":1}"));
    var turn = Turn.begin();

    var answer =
        await()
            .until(
                () -> client.post(turn.path(), "{\"items\":[" + items + "]}"),
                one -> one.status() != 429);

    assertThat(expect(413, answer).at("code")).isEqualTo("item_too_large");
    assertThat(answer.at("detail")).contains("rollbook.http.body-memory");
  }

  @Test
  void stalledReadersOfLargeItemsBlockNobody() throws Exception {
    var turn = Turn.begin();
    for (int n = 0; n < 4; n++) {
      expect(200, client.post(turn.path(), body(MEGABYTES)));
    }
    var readers = new ArrayList<Socket>();
    for (int n = 0; n < 30; n++) {
      readers.add(
          asked(
              "GET %s/items HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\n\r\n"
                  .formatted(thread(turn.thread))));
      readers.add(
          asked(
              "GET %s/events?after=-1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
                  .formatted(thread(turn.thread))));
    }

    var pages =
        atOnce(Collections.nCopies(12, thread(turn.thread) + "/items?order=desc"), client::get);

    assertThat(pages).allSatisfy(LimitsIT::takenOrRefused);
    expect(200, client.append(turn.thread, turn.turn, "1"));
    for (var reader : readers) {
      reader.close();
    }
    await().atMost(Duration.ofSeconds(60)).until(() -> client.lines(turn.thread).size() == 7);
  }

  @Test
  void slowBodiesUseOnlyTheirClientsShareAndAreClosed() throws Exception {
    var path = Turn.begin().path();
    var head =
        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".formatted(path);
    var slow = new ArrayList<Socket>();
    for (int n = 0; n < CONNECTIONS; n++) {
      slow.add(asked(head + "Content-Length: 16000\r\n\r\n {"));
    }

    var answers = new TreeMap<String, Integer>();
    for (var socket : slow) {
      answers.merge(statusThoughBytesCome(socket), 1, Integer::sum);
      socket.close();
    }

    assertThat(answers).containsOnlyKeys("HTTP/1.1 408", "HTTP/1.1 429");
    assertThat(answers.get("HTTP/1.1 408")).isLessThanOrEqualTo(SHARE);
    expect(200, client.post(path, body("1")));
  }

  @Test
  void stalledReadersDoNotBlockTheActuator() throws Exception {
    var slow = new ArrayList<Socket>();
    for (int n = 0; n < CONNECTIONS / 2; n++) {
      slow.add(unread("GET /actuator/loggers HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    }

    try (var other = service.otherClient()) {
      expect(200, other.get("/actuator/prometheus"));
      expect(200, other.get("/actuator/health"));
    }
    expect(200, client.get("/actuator/health/liveness"));
    expect(200, client.get("/actuator/health/readiness"));
    for (var socket : slow) {
      socket.close();
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> client.get("/actuator/prometheus").status() == 200);
  }

  @Test
  void anUnreadBodyIsNotWaitedFor() throws Exception {
    for (var to : List.of("GET /v1/threads", "POST /nowhere", "POST /actuator/health/liveness")) {
      var socket =
          asked(
              to
                  + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 16000\r\n\r\n {");
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> statusThoughBytesCome(socket).matches("HTTP/1.1 (200|40[45])"));
      await().atMost(Duration.ofSeconds(20)).until(() -> isEndedThoughAByteComes(socket));
      socket.close();
    }
  }

  @Test
  void idleConnectionsAreClosedInFavourOfActiveOnes() throws Exception {
    var silent = new ArrayList<Socket>();
    for (int n = 0; n < 5 * CONNECTIONS; n++) {
      silent.add(asked(""));
    }

    awaitRoom();

    assertThat(isEnded(silent.getFirst())).isTrue();
    for (var one : silent) {
      one.close();
    }
  }

  @Test
  void moreRequestsThanConnectionsAreAllAnswered() throws Exception {
    var turn = Turn.begin();
    var items = body("1");
    var request =
        "POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(turn.path(), items.length(), items);
    var sent = new ArrayList<Socket>();
    for (int n = 0; n < 2 * CONNECTIONS; n++) {
      sent.add(asked(request));
    }

    var answers = new TreeMap<String, Integer>();
    for (var socket : sent) {
      socket.setSoTimeout(60_000);
      var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      answers.merge(answer.substring(0, Math.min(12, answer.length())), 1, Integer::sum);
      socket.close();
    }

    assertThat(answers).containsKey("HTTP/1.1 200");
    assertThat(answers.keySet()).isSubsetOf("HTTP/1.1 200", "HTTP/1.1 429");
    assertThat(client.lines(turn.thread)).hasSize(answers.get("HTTP/1.1 200") + 2);
  }

  @Test
  void endlessRequestHeadersAreClosed() throws Exception {
    var slow = new ArrayList<Socket>();
    for (int n = 0; n < CONNECTIONS / 2; n++) {
      slow.add(asked("GET /v1/threads HTTP/1.1\r\nX-Slow: "));
    }

    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> slow.stream().allMatch(LimitsIT::isEndedThoughAByteComes));
  }

  /// @return whether the service does not wait for the rest any more
  private static boolean isEndedThoughAByteComes(Socket socket) {
    try {
      socket.getOutputStream().write('x');
      return isEnded(socket);
    } catch (IOException closed) {
      return true;
    }
  }

  private static boolean isEnded(Socket socket) {
    try {
      socket.setSoTimeout(1);
      return socket.getInputStream().read() == -1;
    } catch (SocketTimeoutException stillWaiting) {
      return false;
    } catch (IOException closed) {
      return true;
    }
  }

  /// Reads the status line of an answer, while one byte a second goes on to come.
  private static String statusThoughBytesCome(Socket socket) throws IOException {
    socket.setSoTimeout(1000);
    var in = socket.getInputStream();
    var line = new ByteArrayOutputStream();
    while (line.size() < "HTTP/1.1 408".length()) {
      try {
        int next = in.read();
        if (next < 0) {
          return "closed after " + line;
        }
        line.write(next);
      } catch (SocketTimeoutException notYet) {
        socket.getOutputStream().write(' ');
      }
    }
    return line.toString(StandardCharsets.US_ASCII);
  }

  private static Socket unread(String request) throws IOException {
    var socket = new Socket();
    socket.setReceiveBufferSize(2048);
    socket.connect(new InetSocketAddress("127.0.0.1", service.port()));
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static void takenOrRefused(Answer answer) {
    if (answer.status() != 200) {
      expect(429, answer);
      assertThat(answer.at("code")).isEqualTo("too_many_requests");
      assertThat(answer.at("retryable")).isEqualTo("true");
      assertThat(answer.header("retry-after")).isEqualTo("1");
    }
  }

  private static <T> List<Answer> atOnce(List<T> all, java.util.function.Function<T, Answer> ask)
      throws InterruptedException, ExecutionException {
    try (var senders = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = all.stream().map(one -> senders.submit(() -> ask.apply(one))).toList();
      var got = new ArrayList<Answer>();
      for (var answer : answers) {
        got.add(answer.get());
      }
      return got;
    }
  }

  /// A share of silent connections is closed each second.
  private static void awaitRoom() {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          try (var fresh = service.client()) {
            return fresh.post("/v1/threads", "{}").status() == 201;
          }
        });
  }

  private static Socket asked(String request) throws IOException {
    var socket = new Socket("127.0.0.1", service.port());
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static long metric(String name) {
    return expect(200, client.get("/actuator/metrics/" + name))
        .json()
        .path("measurements")
        .path(0)
        .path("value")
        .longValue();
  }

  /// What is left of a collection, by which what is garbage only does not count.
  private static long heapAfterCollection() throws IOException, InterruptedException {
    var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    var run = new ProcessBuilder(jcmd, Long.toString(service.pid()), "GC.run").start();
    assertThat(run.waitFor()).isZero();
    return metric("jvm.memory.used?tag=area:heap");
  }

  /// A turn of a thread of its own.
  private record Turn(String thread, String turn) {
    static Turn begin() {
      var thread = client.startThread();
      return new Turn(thread, client.startTurn(thread));
    }

    String path() {
      return RollbookClient.turn(thread, turn) + "/items";
    }

    Answer append(String id) {
      var item = "{\"items\":[{\"id\":\"%s\",\"type\":\"a\",\"payload\":1}]}".formatted(id);
      return expect(200, client.post(path(), item));
    }
  }
}
