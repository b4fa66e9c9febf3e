package dev.rollbook.operating;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// One meter of a table in `operations.md`.
///
/// @param histogram whether the manual says that it has one
public record DocumentedMeter(String name, Set<String> tags, boolean histogram) {
  private static final Pattern NAME = Pattern.compile("`([a-z.]+)(?:\\{([a-z,]+)})?`");

  public static List<DocumentedMeter> ofTheManual() {
    return ofTable("| meter |");
  }

  /// The meters that only replicas have.
  public static List<DocumentedMeter> ofReplicas() {
    return ofTable("| meter of a replica |");
  }

  private static List<DocumentedMeter> ofTable(String head) {
    return RepositoryFiles.page("operations.md")
        .text()
        .lines()
        .dropWhile(line -> !line.startsWith(head))
        .skip(2)
        .takeWhile(line -> line.startsWith("|"))
        .flatMap(DocumentedMeter::ofRow)
        .toList();
  }

  /// The names that Prometheus may know it under.
  public List<String> namesInPrometheus() {
    var base = name.replace('.', '_');
    return histogram
        ? List.of(base + "_seconds_bucket")
        : List.of(
            base, base + "_total", base + "_seconds", base + "_seconds_count", base + "_bytes");
  }

  private static Stream<DocumentedMeter> ofRow(String row) {
    var cells = row.split("\\|");
    return NAME.matcher(cells[1])
        .results()
        .map(found ->
            new DocumentedMeter(
                found.group(1),
                found.group(2) == null ? Set.of() : Set.of(found.group(2).split(",")),
                cells[2].contains("with a histogram")));
  }
}
