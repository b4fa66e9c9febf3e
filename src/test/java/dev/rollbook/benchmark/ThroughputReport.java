package dev.rollbook.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import tools.jackson.databind.json.JsonMapper;

/// The figures of [ThroughputBenchmark] as a table, and as JSON in `target/benchmark.json`; each is
/// the median of its rounds.
final class ThroughputReport {
  private static final Path JSON = Path.of("target", "benchmark.json");
  private static final String ROW = "%-12s %-8s %11s %9s %9s %13s %8s %9s%n";

  private final List<Figures> figures = new ArrayList<>();

  /// @param cpuMicros processor time of the server per request
  /// @param ratio requests per second, of those of the bare servlet
  /// @param cpuRatio processor time of the bare servlet, of that of the server
  record Figures(
      String call,
      String server,
      double perSecond,
      double p50Millis,
      double p99Millis,
      double cpuMicros,
      double ratio,
      double cpuRatio) {}

  record Summary(BenchmarkMachine machine, String resident, List<Figures> figures) {}

  /// Results of one server, with its processor time in each round.
  record Rounds(List<LoadGenerator.Result> results, List<Duration> cpu) {
    /// @return the number of responses
    int add(LoadGenerator load, List<byte[]> requests, Duration length, ServiceProcess server)
        throws IOException {
      var before = server.cpu();
      var result = load.run(requests, length);
      cpu.add(server.cpu().minus(before));
      results.add(result);
      return result.sorted().length;
    }

    private double median(ToDoubleFunction<LoadGenerator.Result> figure) {
      return median(results.stream().mapToDouble(figure).sorted().toArray());
    }

    private double cpuMicros() {
      var micros = new double[cpu.size()];
      for (int i = 0; i < micros.length; i++) {
        micros[i] = cpu.get(i).toNanos() / 1e3 / results.get(i).sorted().length;
      }
      Arrays.sort(micros);
      return median(micros);
    }

    private static double median(double[] sorted) {
      return sorted[sorted.length / 2];
    }
  }

  void add(String call, Rounds bare, Rounds rollbook) {
    figures.add(figures(call, "bare", bare, bare));
    figures.add(figures(call, "rollbook", rollbook, bare));
  }

  void print(String resident) throws IOException {
    var machine = BenchmarkMachine.current();
    var json = JsonMapper.shared().writerWithDefaultPrettyPrinter();
    Files.writeString(JSON, json.writeValueAsString(new Summary(machine, resident, figures)));
    System.out.printf(
        ROW,
        "call",
        "server",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "CPU us/call",
        "ratio",
        "CPU ratio");
    for (var line : figures) {
      System.out.printf(
          ROW,
          line.call(),
          line.server(),
          "%,.0f".formatted(line.perSecond()),
          "%.2f".formatted(line.p50Millis()),
          "%.2f".formatted(line.p99Millis()),
          "%,.1f".formatted(line.cpuMicros()),
          "%.2f".formatted(line.ratio()),
          "%.2f".formatted(line.cpuRatio()));
    }
    System.out.printf("%s, largest resident size %s, JSON in %s%n", machine, resident, JSON);
  }

  private static Figures figures(String call, String server, Rounds rounds, Rounds bare) {
    double perSecond = rounds.median(LoadGenerator.Result::perSecond);
    return new Figures(
        call,
        server,
        perSecond,
        rounds.median(result -> result.milliseconds(0.5)),
        rounds.median(result -> result.milliseconds(0.99)),
        rounds.cpuMicros(),
        perSecond / bare.median(LoadGenerator.Result::perSecond),
        bare.cpuMicros() / rounds.cpuMicros());
  }
}
