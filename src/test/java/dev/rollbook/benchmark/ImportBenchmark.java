package dev.rollbook.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.RollbookClient;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/// How fast the history of others comes in, what that costs those who ask meanwhile, and how much
/// memory it takes.
///
/// `-Dbenchmark.threads` says how many threads of 50 lines there are, `-Dbenchmark.megabytes` how
/// large the large file is.
class ImportBenchmark {
  private static final int THREADS = Integer.getInteger("benchmark.threads", 10_000);
  private static final int LINES = 50;
  private static final int MEGABYTES = Integer.getInteger("benchmark.megabytes", 1024);
  private static final int LINE_BYTES = 1024;

  @Test
  void manyThreads() throws Exception {
    try (var home = SyntheticCodexHome.create()) {
      long bytes = home.write(THREADS, LINES, 300);
      double copy = home.copy();
      try (var service = start(home, "1g")) {
        var client = new RollbookClient(service.address().getPort());
        var lists = new ArrayList<Double>();
        var searches = new ArrayList<Double>();
        double took = run(client, home, lists, searches);
        System.out.printf(
            "%,d threads of %d lines, %,d MB: %.1f s, %,.0f threads/s, %,.0f items/s; a bare copy takes %.1f s (%.2f)%n",
            THREADS,
            LINES,
            bytes >> 20,
            took,
            THREADS / took,
            THREADS * (double) LINES / took,
            copy,
            took / copy);
        System.out.printf(
            "meanwhile: lists p50 %.1f ms, p99 %.1f ms, the first after %.1f ms; searches p50 %.1f ms, p99 %.1f ms; largest resident size %s%n",
            at(lists, 0.5),
            at(lists, 0.99),
            lists.getFirst(),
            at(searches, 0.5),
            at(searches, 0.99),
            service.resident());
      }
    }
  }

  @Test
  void aLargeFileWithASmallHeap() throws Exception {
    try (var home = SyntheticCodexHome.create()) {
      int lines = MEGABYTES * 1024;
      long bytes = home.write(1, lines, LINE_BYTES - 160);
      double copy = home.copy();
      try (var service = start(home, "256m")) {
        var client = new RollbookClient(service.address().getPort());
        double took = run(client, home, new ArrayList<>(), new ArrayList<>());
        System.out.printf(
            "one file of %,d MB, %,d lines, with -Xmx256m: %.1f s; a bare copy takes %.1f s; largest resident size %s%n",
            bytes >> 20, lines, took, copy, service.resident());
      }
    }
  }

  private static ServiceProcess start(SyntheticCodexHome home, String heap) throws Exception {
    return ServiceProcess.start(
        List.of("-Xmx" + heap), List.of("--rollbook.import.roots=" + home.path()));
  }

  /// @return seconds that the import took
  private static double run(
      RollbookClient client, SyntheticCodexHome home, List<Double> lists, List<Double> searches) {
    long begun = System.nanoTime();
    var location =
        client.post("/v1/imports", "{\"path\":\"%s\"}".formatted(home.path())).header("location");
    var now = client.get(location);
    while (now.at("status").equals("queued") || now.at("status").equals("running")) {
      lists.add(milliseconds(client, "/v1/threads?limit=50"));
      searches.add(milliseconds(client, "/v1/search?q=parser+timeout&limit=20"));
      now = client.get(location);
    }
    double took = (System.nanoTime() - begun) / 1e9;
    assertThat(now.at("status")).isEqualTo("done");
    assertThat(now.at("problems")).isEqualTo("[]");
    return took;
  }

  private static double milliseconds(RollbookClient client, String path) {
    long begun = System.nanoTime();
    assertThat(client.get(path).status()).isEqualTo(200);
    return (System.nanoTime() - begun) / 1e6;
  }

  private static double at(List<Double> values, double part) {
    var sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get((int) (part * (sorted.size() - 1)));
  }
}
