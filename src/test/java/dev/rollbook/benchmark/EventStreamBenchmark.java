package dev.rollbook.benchmark;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a thousand subscribers of one thread take from its appends: with them and without them in
/// turns, service, load and subscribers all on the same machine.
///
/// `-Dbenchmark.seconds` lengthens the rounds, `-Dbenchmark.rounds` says how many there are,
/// `-Dbenchmark.watchers` how many subscribers.
class EventStreamBenchmark {
  private static final int CONNECTIONS = 16;
  private static final int WATCHERS = Integer.getInteger("benchmark.watchers", 1000);
  private static final int ROUNDS = Integer.getInteger("benchmark.rounds", 5);
  private static final Duration ROUND =
      Duration.ofSeconds(Integer.getInteger("benchmark.seconds", 8));
  private static final Duration WARM_UP = Duration.ofSeconds(10);
  private static final String ITEM =
      "{\"items\":[{\"type\":\"response_item\",\"payload\":\"" + "x".repeat(298) + "\"}]}";

  @Test
  void appendsToAThreadWithAThousandSubscribers() throws Exception {
    try (var service = ServiceProcess.start();
        var load = new LoadGenerator(service.address(), CONNECTIONS)) {
      var conversation = new BenchmarkThreads(service.address(), 1).all().getFirst();
      var appends = List.of(request(conversation.path("v1")));
      load.run(appends, WARM_UP);
      try (var warm = watch(service, conversation)) {
        load.run(appends, WARM_UP);
      }
      List<Double> ratios = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        double alone = load.run(appends, ROUND).perSecond();
        try (var watchers = watch(service, conversation)) {
          double watched = load.run(appends, ROUND).perSecond();
          ratios.add(watched / alone);
          print(alone, watched, watchers);
        }
      }
      System.out.printf(
          "ratio %.2f, largest resident size %s%n", median(ratios), service.resident());
    }
  }

  /// All are subscribed: each has got its opening.
  private static EventSubscribers watch(
      ServiceProcess service, BenchmarkThreads.Conversation followed) throws IOException {
    var watchers = new EventSubscribers(service.address(), followed.thread(), WATCHERS);
    await().atMost(Duration.ofMinutes(1)).until(() -> watchers.bytes() > 200L * WATCHERS);
    return watchers;
  }

  private static void print(double alone, double watched, EventSubscribers watchers) {
    System.out.printf(
        "appends/s: %,7.0f alone, %,7.0f with %d subscribers (%.2f); %,d MB sent, %,d lagged%n",
        alone, watched, WATCHERS, watched / alone, watchers.bytes() >> 20, watchers.lagged());
  }

  private static byte[] request(String path) {
    return "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(path, ITEM.length(), ITEM)
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static double median(List<Double> values) {
    var sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
