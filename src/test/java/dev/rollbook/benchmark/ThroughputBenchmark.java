package dev.rollbook.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.benchmark.ThroughputReport.Rounds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Compares the calls that agents make most with a bare servlet that reads and writes as many
/// bytes. Rates depend on the machine, ratios on Rollbook; neither is asserted.
///
/// Both take turns, so that the load of the machine affects them alike. `-Dbenchmark.seconds` and
/// `-Dbenchmark.rounds` set length and number of the rounds.
class ThroughputBenchmark {
  private static final int CONNECTIONS = 16;
  private static final int THREADS = 64;
  private static final int LISTED_THREADS = 1000;
  private static final int READ_ITEMS = 2000;
  private static final int BATCH = 100;
  private static final int ROUNDS = Integer.getInteger("benchmark.rounds", 3);
  private static final Duration ROUND =
      Duration.ofSeconds(Integer.getInteger("benchmark.seconds", 4));
  private static final Duration WARM_UP = Duration.ofSeconds(10);

  private final ThroughputReport report = new ThroughputReport();

  @Test
  void acknowledgedItemsAreReadBackWhileComparedWithABareServlet() throws Exception {
    try (var rollbook = ServiceProcess.start();
        var bare = ServiceProcess.bare()) {
      var threads = new BenchmarkThreads(rollbook.address(), LISTED_THREADS);
      var appended = threads.all().subList(0, THREADS);
      long before = threads.countItems();
      long acknowledged = 0;
      for (int batch : List.of(1, BATCH)) {
        var requests = appended.stream().map(one -> HttpRequests.append(one, batch)).toList();
        acknowledged += batch * compare("append " + batch, rollbook, bare, CONNECTIONS, requests);
      }
      assertThat(threads.countItems() - before).isEqualTo(acknowledged);

      var longThread = threads.all().getLast();
      for (int items = 0; items < READ_ITEMS; items += BATCH) {
        send(rollbook, HttpRequests.append(longThread, BATCH));
      }
      compare(
          "list 50",
          rollbook,
          bare,
          CONNECTIONS,
          List.of(HttpRequests.get("/v1/threads?limit=50", "json")));
      var read = HttpRequests.get("/v1/threads/" + longThread.thread() + "/items", "x-ndjson");
      compare("read " + READ_ITEMS, rollbook, bare, 1, List.of(read));
      var create = HttpRequests.post("/v1/threads", "{\"name\":\"benchmark\"}");
      compare("create", rollbook, bare, CONNECTIONS, List.of(create));
      report.print(rollbook.resident());
    }
  }

  /// @return the number of responses of Rollbook
  private long compare(
      String call,
      ServiceProcess rollbook,
      ServiceProcess bare,
      int connections,
      List<byte[]> requests)
      throws IOException {
    int size = send(rollbook, requests.getFirst());
    long responses = 1;
    var same = requests.stream().map(request -> toBare(request, size)).toList();
    try (var load = new LoadGenerator(rollbook.address(), connections);
        var bareLoad = new LoadGenerator(bare.address(), connections)) {
      bareLoad.run(same, WARM_UP);
      responses += load.run(requests, WARM_UP).sorted().length;
      var rounds = new Rounds(new ArrayList<>(), new ArrayList<>());
      var bareRounds = new Rounds(new ArrayList<>(), new ArrayList<>());
      for (int i = 0; i < ROUNDS; i++) {
        bareRounds.add(bareLoad, same, ROUND, bare);
        responses += rounds.add(load, requests, ROUND, rollbook);
      }
      report.add(call, bareRounds, rounds);
    }
    return responses;
  }

  /// @return size of the body of the response
  private static int send(ServiceProcess to, byte[] request) throws IOException {
    try (var load = new LoadGenerator(to.address(), 1)) {
      load.run(List.of(request), Duration.ZERO);
      return load.lastBodySize();
    }
  }

  /// The same request with a path that asks the bare server for a body of that size.
  private static byte[] toBare(byte[] request, int size) {
    var text = new String(request, StandardCharsets.US_ASCII);
    return HttpRequests.ascii(text.replaceFirst(" /\\S+ ", " /?size=" + size + " "));
  }
}
