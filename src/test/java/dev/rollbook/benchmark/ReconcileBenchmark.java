package dev.rollbook.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.model.ThreadId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// How long it takes until all rows are there again when the state-db was deleted, what those who
/// ask meanwhile have to wait, and what a start costs where nothing has changed.
///
/// `-Dbenchmark.threads` says how many threads of 12 lines there are.
class ReconcileBenchmark {
  private static final int THREADS = Integer.getInteger("benchmark.threads", 100_000);
  private static final int LINES = 12;
  private static final List<String> JVM = List.of("-Xmx256m");

  @Test
  void withoutTheStateDbAndWithIt() throws Exception {
    try (var home = SyntheticCodexHome.create()) {
      long bytes = home.write(THREADS, LINES, 200);
      double read = home.read();
      System.out.printf(
          "%,d rollouts of %d lines, %,d MB: only reading them takes %.1f s%n",
          THREADS, LINES, bytes >> 20, read);
      try (var service = ServiceProcess.on(home.path(), JVM)) {
        run(service, "without the state-db", "added");
      }
      try (var service = ServiceProcess.on(home.path(), JVM)) {
        run(service, "unchanged", "unchanged");
      }
    }
  }

  private static void run(ServiceProcess service, String what, String finding) throws Exception {
    var client = new RollbookClient(service.address().getPort());
    var random = new Random(1);
    var lists = new ArrayList<Double>();
    var known = new ArrayList<Double>();
    var unknown = new ArrayList<Double>();
    var last = last(client);
    while (last.isNull()) {
      lists.add(milliseconds(client, 200, "/v1/threads?limit=50"));
      var id = SyntheticCodexHome.id(random.nextInt(THREADS));
      known.add(milliseconds(client, 200, RollbookClient.thread(id.toString())));
      unknown.add(milliseconds(client, 404, RollbookClient.thread(ThreadId.next().toString())));
      last = last(client);
    }
    assertThat(last.at("/counts/" + finding).intValue()).isEqualTo(THREADS);
    System.out.printf(
        "%s: %.1f s; meanwhile %d rounds: lists %s, a thread by its id %s, an unknown id %s; largest resident size %s%n",
        what,
        seconds(last),
        lists.size(),
        waits(lists),
        waits(known),
        waits(unknown),
        service.resident());
  }

  private static JsonNode last(RollbookClient client) {
    return client.get("/actuator/reconcile").json().path("last");
  }

  private static double seconds(JsonNode last) {
    var from = Instant.parse(last.path("startedAt").stringValue());
    var to = Instant.parse(last.path("endedAt").stringValue());
    return Duration.between(from, to).toMillis() / 1000.0;
  }

  private static double milliseconds(RollbookClient client, int status, String path) {
    long begun = System.nanoTime();
    assertThat(client.get(path).status()).isEqualTo(status);
    return (System.nanoTime() - begun) / 1e6;
  }

  private static String waits(List<Double> values) {
    if (values.isEmpty()) {
      return "none";
    }
    var first = values.getFirst();
    var sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return "p50 %.1f ms, p99 %.1f ms, the first after %.1f ms"
        .formatted(
            sorted.get(sorted.size() / 2), sorted.get((int) (0.99 * (sorted.size() - 1))), first);
  }
}
