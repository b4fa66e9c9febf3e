package dev.rollbook.operating;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// One Markdown page of the manual.
///
/// @param file relative to the top of the repository
public record ManualPage(Path file, String text) {
  private static final Pattern FENCE = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");
  private static final Pattern LINK =
      Pattern.compile("\\[[^]\\n]*(?:\\n[^]\\n]*)?]\\(([^)\\s]+)\\)");

  /// Headings of this level, in their order.
  List<String> headings(int level) {
    var marks = "#".repeat(level) + " ";
    return prose()
        .lines()
        .filter(line -> line.startsWith(marks))
        .map(line -> line.substring(marks.length()))
        .toList();
  }

  /// The anchors that GitHub and most Markdown viewers give to the headings.
  Set<String> anchors() {
    var anchors = new LinkedHashSet<String>();
    var used = new HashMap<String, Integer>();
    prose()
        .lines()
        .filter(line -> line.matches("#{1,6} .*"))
        .map(line -> anchor(line.replaceFirst("#+ ", "")))
        .forEach(anchor -> {
          int before = used.merge(anchor, 1, Integer::sum) - 1;
          anchors.add(before == 0 ? anchor : anchor + "-" + before);
        });
    return anchors;
  }

  static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
  }

  /// Targets of all links, as they are written.
  List<String> links() {
    return LINK.matcher(prose()).results().map(found -> found.group(1)).toList();
  }

  /// The shell commands that a reader is to copy, block by block.
  public List<String> shellBlocks() {
    return FENCE
        .matcher(text)
        .results()
        .filter(fence -> fence.group(1).equals("sh"))
        .map(fence -> fence.group(2))
        .toList();
  }

  /// The section below this heading, without sections of the same level.
  String section(String heading) {
    var section = new ArrayList<String>();
    var marks = heading.substring(0, heading.indexOf(' ') + 1);
    text.lines()
        .dropWhile(line -> !line.equals(heading))
        .skip(1)
        .takeWhile(line -> !line.startsWith(marks))
        .forEach(section::add);
    return String.join("\n", section);
  }

  /// Rows of all tables whose first cell begins so.
  Stream<String> rows(String firstCell) {
    return text.lines().filter(line -> line.startsWith("| " + firstCell));
  }

  /// Words that are set as code, without their backticks.
  Stream<String> code(Pattern pattern) {
    return Pattern.compile("`(" + pattern + ")`")
        .matcher(text)
        .results()
        .map((MatchResult found) -> found.group(1));
  }

  private String prose() {
    return FENCE.matcher(text).replaceAll("");
  }
}
