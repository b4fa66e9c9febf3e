package dev.rollbook.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Compares appends with the bare endpoint beside them: 16 connections, 64 threads, items of 300
/// bytes. Times say something about the machine, ratios about Rollbook; neither is asserted.
///
/// Both take turns, so that what else the machine does hits them alike.
///
/// `-Dbenchmark.seconds` lengthens the rounds, `-Dbenchmark.rounds` says how many there are.
class AppendBenchmark {
  private static final int CONNECTIONS = 16;
  private static final int THREADS = 64;
  private static final int ITEM_SIZE = 300;
  private static final int ROUNDS = Integer.getInteger("benchmark.rounds", 5);
  private static final Duration ROUND =
      Duration.ofSeconds(Integer.getInteger("benchmark.seconds", 2));
  private static final Duration WARM_UP = Duration.ofSeconds(8);

  private final BenchmarkReport report = new BenchmarkReport();
  private long acknowledged;

  @Test
  void acknowledgedItemsAreReadBackWhileComparedWithABaselineEndpoint() throws Exception {
    try (var service = ServiceProcess.start();
        var load = new LoadGenerator(service.address(), CONNECTIONS)) {
      var conversations = new BenchmarkThreads(service.address(), THREADS);
      long before = conversations.countItems();
      for (int batch : List.of(1, 100)) {
        compare(load, conversations, batch);
      }
      long readBack = conversations.countItems() - before;
      report.print(service.resident(), acknowledged, readBack);
      assertThat(readBack).isEqualTo(acknowledged);
    }
  }

  private void compare(LoadGenerator load, BenchmarkThreads conversations, int batch)
      throws IOException {
    var bare = requests(conversations, "v0", batch);
    var append = requests(conversations, "v1", batch);
    load.run(bare, WARM_UP);
    acknowledged(load.run(append, WARM_UP), batch);
    List<LoadGenerator.Result> bareRounds = new ArrayList<>();
    List<LoadGenerator.Result> appendRounds = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      bareRounds.add(load.run(bare, ROUND));
      appendRounds.add(acknowledged(load.run(append, ROUND), batch));
    }
    report.add(batch, bareRounds, appendRounds);
  }

  private LoadGenerator.Result acknowledged(LoadGenerator.Result result, int batch) {
    acknowledged += (long) result.sorted().length * batch;
    return result;
  }

  /// One request for each thread; but for a digit in their paths the same for both versions.
  private static List<byte[]> requests(BenchmarkThreads conversations, String version, int batch) {
    var body = "{\"items\":[" + String.join(",", Collections.nCopies(batch, item())) + "]}";
    return conversations.all().stream()
        .map(one -> request(one.path(version), body).getBytes(StandardCharsets.US_ASCII))
        .toList();
  }

  private static String request(String path, String body) {
    return "POST %s HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(path, body.length(), body);
  }

  /// @return a message whose payload has `ITEM_SIZE` bytes
  private static String item() {
    var payload =
        """
        {"type":"message","role":"user","content":[{"type":"input_text","text":"%s"}]}\
        """;
    var text = "x".repeat(ITEM_SIZE - payload.length() + "%s".length());
    return "{\"type\":\"response_item\",\"payload\":" + payload.formatted(text) + "}";
  }
}
