package dev.rollbook.benchmark;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// Table of results; each figure is the median of its rounds.
final class BenchmarkReport {
  private static final String ROW = "%-8s %6s %12s %12s %9s %9s %8s%n";

  private final StringBuilder text =
      new StringBuilder(
          ROW.formatted("endpoint", "items", "requests/s", "items/s", "p50 ms", "p99 ms", "ratio"));

  void add(int batch, List<LoadGenerator.Result> bare, List<LoadGenerator.Result> append) {
    row("bare", batch, bare, "");
    var ratios =
        IntStream.range(0, append.size())
            .mapToDouble(i -> append.get(i).perSecond() / bare.get(i).perSecond());
    row("append", batch, append, "%.2f".formatted(median(ratios.toArray())));
  }

  void print(String resident, long acknowledged, long readBack) {
    System.out.printf(
        "%n%s%nlargest resident size %s; %,d items acknowledged, %,d read back%n",
        text, resident, acknowledged, readBack);
  }

  private void row(String endpoint, int batch, List<LoadGenerator.Result> rounds, String ratio) {
    double perSecond = median(rounds, LoadGenerator.Result::perSecond);
    text.append(
        ROW.formatted(
            endpoint,
            batch,
            "%,.0f".formatted(perSecond),
            "%,.0f".formatted(perSecond * batch),
            "%.2f".formatted(median(rounds, result -> result.milliseconds(0.5))),
            "%.2f".formatted(median(rounds, result -> result.milliseconds(0.99))),
            ratio));
  }

  private static double median(
      List<LoadGenerator.Result> rounds, ToDoubleFunction<LoadGenerator.Result> figure) {
    return median(rounds.stream().mapToDouble(figure).toArray());
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }
}
