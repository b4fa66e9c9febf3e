package dev.rollbook.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.model.RolloutItem;
import dev.rollbook.text.RawJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// Compares appends that are forced to disk before their answer with files that are only written
/// and forced, on the same disk in turns: 64 at once, of 300 bytes. Ratios say something about
/// Rollbook, times about the disk; neither is asserted.
///
/// `-Dbenchmark.seconds` lengthens the rounds, `-Dbenchmark.rounds` says how many there are.
class SyncBenchmark {
  private static final int AT_ONCE = 64;
  private static final int ITEM_SIZE = 300;
  private static final String SETTING = "--rollbook.rollout.sync=every-append";
  private static final int ROUNDS = Integer.getInteger("benchmark.rounds", 5);
  private static final Duration ROUND =
      Duration.ofSeconds(Integer.getInteger("benchmark.seconds", 2));
  private static final Duration WARM_UP = Duration.ofSeconds(6);

  private final String payload = "\"" + "x".repeat(ITEM_SIZE - 2) + "\"";
  private final Map<String, Measured> all = new LinkedHashMap<>();
  private long acknowledged;
  private long acknowledgedOverHttp;

  /// Something that is done again and again.
  ///
  /// @param baseline that it is compared with; null for none
  private record Measured(Round round, String baseline, List<Double> perSecond) {
    double median() {
      return SyncBenchmark.median(perSecond);
    }
  }

  /// @return how often it was done in a second
  private interface Round {
    double run(Duration duration) throws Exception;
  }

  @Test
  void fsyncedItemsAreReadBackWhileComparedWithBaselineFiles() throws Exception {
    try (var files = new BaselineFiles(AT_ONCE, ITEM_SIZE);
        var here = new InProcessService(SETTING);
        var service = ServiceProcess.start(List.of(), List.of(SETTING));
        var load = new LoadGenerator(service.address(), AT_ONCE);
        var platform = Executors.newFixedThreadPool(AT_ONCE);
        var virtual = Executors.newVirtualThreadPerTaskExecutor()) {
      var many = new BenchmarkThreads(here.address(), AT_ONCE);
      var one = new BenchmarkThreads(here.address(), 1);
      var remote = new BenchmarkThreads(service.address(), AT_ONCE);
      long before = many.countItems() + one.countItems();
      long beforeOverHttp = remote.countItems();

      add("64 files", null, bare(files, platform, AT_ONCE));
      add("64 threads in process", "64 files", appends(here, many, virtual));
      add("64 threads over HTTP", "64 files", requests(load, remote));
      add("1 file", null, bare(files, platform, 1));
      add("1 thread in process", "1 file", appends(here, one, virtual));
      measure();

      print();
      assertThat(many.countItems() + one.countItems() - before).isEqualTo(acknowledged);
      assertThat(remote.countItems() - beforeOverHttp).isEqualTo(acknowledgedOverHttp);
    }
  }

  private void add(String name, String baseline, Round round) {
    all.put(name, new Measured(round, baseline, new ArrayList<>()));
  }

  private void measure() throws Exception {
    for (var one : all.values()) {
      one.round().run(WARM_UP);
    }
    for (int i = 0; i < ROUNDS; i++) {
      for (var one : all.values()) {
        one.perSecond().add(one.round().run(ROUND));
      }
    }
  }

  private static Round bare(BaselineFiles files, ExecutorService threads, int count) {
    return duration ->
        ParallelLoops.run(threads, count, duration, files::writeAndForce).perSecond();
  }

  /// As many writers as ever, on the threads that there are.
  private Round appends(InProcessService service, BenchmarkThreads to, ExecutorService threads) {
    var item = RolloutItem.of("response_item", RawJson.of(payload));
    return duration -> {
      var steps =
          ParallelLoops.run(
              threads,
              AT_ONCE,
              duration,
              writer -> service.append(to.all().get(writer % to.all().size()), item));
      acknowledged += steps.count();
      return steps.perSecond();
    };
  }

  private Round requests(LoadGenerator load, BenchmarkThreads to) {
    var body = "{\"items\":[{\"type\":\"response_item\",\"payload\":" + payload + "}]}";
    var requests =
        to.all().stream()
            .map(one ->
                "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                    .formatted(one.path("v1"), body.length(), body)
                    .getBytes(StandardCharsets.US_ASCII))
            .toList();
    return duration -> {
      var result = load.run(requests, duration);
      acknowledgedOverHttp += result.sorted().length;
      return result.perSecond();
    };
  }

  private void print() {
    var text = new StringBuilder("%n%-24s %10s %8s%n".formatted("forced", "times/s", "ratio"));
    all.forEach((name, one) ->
        text.append("%-24s %,10.0f %8s%n".formatted(name, one.median(), ratio(one))));
    System.out.println(text);
  }

  private String ratio(Measured one) {
    if (one.baseline() == null) {
      return "";
    }
    var beside = all.get(one.baseline()).perSecond();
    var ratios = new ArrayList<Double>();
    for (int i = 0; i < ROUNDS; i++) {
      ratios.add(one.perSecond().get(i) / beside.get(i));
    }
    return "%.2f".formatted(median(ratios));
  }

  private static double median(List<Double> values) {
    var sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
