package dev.rollbook.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.http.RollbookClient.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The full sizes of what `LimitsIT` shows in small: a service with 256 MB of heap, while somebody
/// else appends one item after the other. Printed are the answers and the memory that is left in
/// use; asserted is that nothing is lost, and that the others are always answered.
///
/// `-Dbenchmark.threads` says how many threads are touched.
class LimitsBenchmark {
  private static final int THREADS = Integer.getInteger("benchmark.threads", 100_000);
  private static final int CONNECTIONS = 10_000;
  private static final int SENDERS = 32;
  private static final String ITEM =
      "{\"items\":[{\"id\":\"%s\",\"type\":\"a\",\"payload\":\"something that was said\"}]}";
  private static final String LARGE =
      "{\"items\":[{\"type\":\"a\",\"payload\":\"" + "x".repeat(7 << 20) + "\"}]}";

  private ServiceProcess service;
  private RollbookClient client;
  private RollbookClient elsewhere;
  private Thread others;
  private volatile boolean over;
  private final Map<Integer, AtomicInteger> answersOfOthers = new TreeMap<>();
  private final LongAccumulator slowest = new LongAccumulator(Math::max, 0);

  @BeforeEach
  void start() throws Exception {
    service = ServiceProcess.start(List.of("-Xmx256m"), List.of());
    client = new RollbookClient(service.address().getPort());
    var path = turn();
    elsewhere = new RollbookClient(service.address().getPort(), InetAddress.ofLiteral("127.0.0.2"));
    others = Thread.ofVirtual().start(() -> append(path));
  }

  @AfterEach
  void othersWereAnswered() throws Exception {
    over = true;
    others.join();
    System.out.printf(
        "meanwhile, appends of others: %s, the slowest after %d ms; heap in use %d MB, resident %s%n",
        answersOfOthers, slowest.get(), heap() >> 20, service.resident());
    service.close();
    assertThat(answersOfOthers).containsOnlyKeys(200);
  }

  @Test
  void manyThreadsEachWithATurnInProgress() throws Exception {
    var paths = new ConcurrentLinkedQueue<String>();
    report(
        "threads",
        THREADS,
        atOnce(
            SENDERS,
            THREADS,
            n -> {
              var path = turn();
              paths.add(path);
              return client.post(path, ITEM.formatted(n));
            }));
    var some = List.copyOf(paths).subList(0, Math.min(1000, THREADS));
    report(
        "appends to the first of them",
        some.size(),
        atOnce(SENDERS, some.size(), n -> client.post(some.get(n), ITEM.formatted("again"))));
  }

  @Test
  void manyIdleAndSlowConnections() throws Exception {
    var silent = new ArrayList<Socket>();
    for (int n = 0; n < CONNECTIONS; n++) {
      silent.add(asked(n % 10 == 0 ? "GET /v1/threads HTTP/1.1\r\nX-Slow: " : ""));
    }
    report("new connections", 200, atOnce(20, 200, n -> fresh().post("/v1/threads", "{}")));
    close(silent);
  }

  @Test
  void hugeBodiesAndSlowReadersTogether() throws Exception {
    var path = turn();
    for (int n = 0; n < 8; n++) {
      client.post(path, LARGE);
    }
    var readers = new ArrayList<Socket>();
    for (int n = 0; n < 200; n++) {
      readers.add(
          asked(
              "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\n\r\n"
                  .formatted(path.replaceAll("/turns/.*", "/items"))));
    }
    var pages = path.replaceAll("/turns/.*", "/items?order=desc");
    report("pages of large items", 200, atOnce(50, 200, n -> client.get(pages)));
    report("large bodies", 200, atOnce(50, 200, n -> client.post(path, LARGE)));
    close(readers);
  }

  @Test
  void aFloodOfRequests() throws Exception {
    var path = turn();
    report(
        "requests at once",
        CONNECTIONS,
        atOnce(CONNECTIONS, CONNECTIONS, n -> client.post(path, ITEM.formatted(n))));
  }

  private void append(String path) {
    while (!over) {
      long before = System.nanoTime();
      int status = elsewhere.post(path, ITEM.formatted(before)).status();
      answersOfOthers.computeIfAbsent(status, same -> new AtomicInteger()).incrementAndGet();
      slowest.accumulate(Duration.ofNanos(System.nanoTime() - before).toMillis());
    }
  }

  /// @return the path that appends to a new turn of a new thread
  private String turn() {
    var thread = again(() -> client.post("/v1/threads", "{}"));
    var turn = again(() -> client.post(RollbookClient.thread(thread) + "/turns", "{}"));
    return RollbookClient.turn(thread, turn) + "/items";
  }

  /// As a client does that is asked to come again.
  private static String again(java.util.function.Supplier<Answer> ask) {
    var answer = ask.get();
    while (answer.status() == 429) {
      answer = ask.get();
    }
    return RollbookClient.expect(201, answer).at("id");
  }

  private RollbookClient fresh() {
    return new RollbookClient(service.address().getPort());
  }

  private Socket asked(String request) throws IOException {
    var socket = new Socket(service.address().getAddress(), service.address().getPort());
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static void close(List<Socket> sockets) throws IOException {
    for (var socket : sockets) {
      socket.close();
    }
  }

  private static Map<String, Integer> atOnce(int senders, int count, IntFunction<Answer> ask)
      throws InterruptedException {
    var answers = Collections.synchronizedMap(new TreeMap<String, Integer>());
    var next = new AtomicInteger();
    try (var all = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int sender = 0; sender < senders; sender++) {
        all.execute(() -> {
          for (int n = next.getAndIncrement(); n < count; n = next.getAndIncrement()) {
            answers.merge(status(ask, n), 1, Integer::sum);
          }
        });
      }
    }
    return answers;
  }

  private static String status(IntFunction<Answer> ask, int n) {
    try {
      return Integer.toString(ask.apply(n).status());
    } catch (java.io.UncheckedIOException refused) {
      return "no answer";
    }
  }

  private void report(String what, int count, Map<String, Integer> answers) {
    System.out.printf("%,d %s: %s; heap in use %d MB%n", count, what, answers, heap() >> 20);
  }

  private long heap() {
    return client
        .get("/actuator/metrics/jvm.memory.used?tag=area:heap")
        .json()
        .at("/measurements/0/value")
        .longValue();
  }
}
