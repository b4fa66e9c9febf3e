package dev.rollbook.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// The figures of [GrowthBenchmark] as a table, as JSON in `target/growth.json`, and as a picture
/// in `target/growth.svg`.
final class GrowthReport {
  private static final Path JSON = Path.of("target", "growth.json");
  private static final Path SVG = Path.of("target", "growth.svg");

  private final Map<String, List<Cost>> byItems = new LinkedHashMap<>();
  private final Map<String, List<Cost>> byThreads = new LinkedHashMap<>();
  private final List<Start> starts = new ArrayList<>();

  /// @param size number of items in each thread, or of threads in the service
  /// @param cpuMicros processor time of the service per request
  record Cost(long size, double cpuMicros) {}

  record Start(long threads, double seconds, double cpuSeconds) {}

  record Summary(
      BenchmarkMachine machine,
      Map<String, List<Cost>> byItems,
      Map<String, List<Cost>> byThreads,
      List<Start> starts) {}

  void addToItems(String call, long items, double cpuMicros) {
    byItems.computeIfAbsent(call, _ -> new ArrayList<>()).add(new Cost(items, cpuMicros));
    System.out.printf("%s, %,d items in the thread: %.1f us%n", call, items, cpuMicros);
  }

  void addToThreads(String call, long threads, double cpuMicros) {
    byThreads.computeIfAbsent(call, _ -> new ArrayList<>()).add(new Cost(threads, cpuMicros));
    System.out.printf("%s, %,d threads in the service: %.1f us%n", call, threads, cpuMicros);
  }

  void addStart(long threads, ServiceProcess service) {
    var start =
        new Start(
            threads, service.startTime().toMillis() / 1e3, service.startCpu().toMillis() / 1e3);
    starts.add(start);
    System.out.printf(
        "start with %,d threads: %.2f s, processor time %.2f s%n",
        threads, start.seconds(), start.cpuSeconds());
  }

  void print() throws IOException {
    var machine = BenchmarkMachine.current();
    var json = JsonMapper.shared().writerWithDefaultPrettyPrinter();
    Files.writeString(
        JSON, json.writeValueAsString(new Summary(machine, byItems, byThreads, starts)));
    var chart = new GrowthChart("processor time per request, \u00b5s");
    chart.addPanel("items in the thread", byItems);
    chart.addPanel("threads in the service", byThreads);
    Files.writeString(SVG, chart.svg());
    System.out.printf("%s, JSON in %s, picture in %s%n", machine, JSON, SVG);
  }
}
