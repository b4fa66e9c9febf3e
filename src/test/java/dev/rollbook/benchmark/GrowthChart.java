package dev.rollbook.benchmark;

import dev.rollbook.benchmark.GrowthReport.Cost;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Line chart in SVG: one panel per size that grows, all with the same linear axis of costs; the
/// axis of sizes is logarithmic.
final class GrowthChart {
  private static final int PANEL_WIDTH = 420;
  private static final int HEIGHT = 340;
  private static final int LEFT = 64;
  private static final int TOP = 48;
  private static final int PLOT_WIDTH = PANEL_WIDTH - LEFT - 16;
  private static final int PLOT_HEIGHT = 210;
  private static final int TICKS = 4;
  private static final List<String> COLORS = List.of("#1f6feb", "#bf5700", "#1a7f37");

  private final String title;
  private final List<Panel> panels = new ArrayList<>();

  private record Panel(String sizes, Map<String, List<Cost>> lines) {}

  GrowthChart(String title) {
    this.title = title;
  }

  void addPanel(String sizes, Map<String, List<Cost>> lines) {
    panels.add(new Panel(sizes, lines));
  }

  String svg() {
    int width = PANEL_WIDTH * panels.size();
    var svg = new StringBuilder();
    append(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#1f2328\">",
        width,
        HEIGHT,
        width,
        HEIGHT);
    append(svg, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", width, HEIGHT);
    append(svg, "<text x=\"16\" y=\"24\" font-size=\"14\">%s</text>", title);
    double top = roundUp(maxCost());
    for (int i = 0; i < panels.size(); i++) {
      append(svg, "<g transform=\"translate(%d 0)\">", i * PANEL_WIDTH);
      panel(svg, panels.get(i), top);
      append(svg, "</g>");
    }
    append(svg, "</svg>");
    return svg.toString();
  }

  private double maxCost() {
    return panels.stream()
        .flatMap(panel -> panel.lines().values().stream())
        .flatMap(List::stream)
        .mapToDouble(Cost::cpuMicros)
        .max()
        .orElse(1);
  }

  /// @return a number at least as large that divides well by the number of ticks
  private static double roundUp(double cost) {
    double unit = Math.pow(10, Math.floor(Math.log10(cost))) / 2 * TICKS / 5;
    return Math.ceil(cost / unit) * unit;
  }

  private static void panel(StringBuilder svg, Panel panel, double top) {
    for (int i = 0; i <= TICKS; i++) {
      double y = TOP + PLOT_HEIGHT * (1 - i / (double) TICKS);
      append(
          svg,
          "<path d=\"M%d %.1fh%d\" stroke=\"#d0d7de\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%,.0f</text>",
          LEFT,
          y,
          PLOT_WIDTH,
          LEFT - 8,
          y + 4,
          top * i / TICKS);
    }
    var sizes =
        panel.lines().values().stream()
            .flatMap(List::stream)
            .mapToLong(Cost::size)
            .distinct()
            .sorted()
            .toArray();
    for (long size : sizes) {
      append(
          svg,
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
          x(size, sizes),
          TOP + PLOT_HEIGHT + 18,
          label(size));
    }
    append(
        svg,
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
        LEFT + PLOT_WIDTH / 2,
        TOP + PLOT_HEIGHT + 38,
        panel.sizes());
    int number = 0;
    for (var line : panel.lines().entrySet()) {
      line(svg, line.getKey(), line.getValue(), sizes, top, number++);
    }
  }

  private static void line(
      StringBuilder svg, String name, List<Cost> costs, long[] sizes, double top, int number) {
    var color = COLORS.get(number % COLORS.size());
    var points = new StringBuilder();
    for (var cost : costs) {
      double x = x(cost.size(), sizes);
      double y = TOP + PLOT_HEIGHT * (1 - cost.cpuMicros() / top);
      append(points, "%.1f,%.1f ", x, y);
      append(svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", x, y, color);
    }
    append(
        svg,
        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>",
        points.toString().strip().replace("\n", ""),
        color);
    append(
        svg,
        "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>",
        LEFT + number * 110,
        TOP + PLOT_HEIGHT + 62,
        color,
        name);
  }

  private static double x(long size, long[] sizes) {
    double first = Math.log10(sizes[0]);
    double last = Math.log10(sizes[sizes.length - 1]);
    return LEFT
        + 12
        + (PLOT_WIDTH - 24) * (Math.log10(size) - first) / Math.max(last - first, 1e-9);
  }

  private static String label(long size) {
    return size >= 1_000_000
        ? size / 1_000_000 + "M"
        : size >= 1000 ? size / 1000 + "k" : "" + size;
  }

  private static void append(StringBuilder svg, String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
