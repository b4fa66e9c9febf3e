package dev.rollbook.http;

import java.util.List;
import java.util.regex.Pattern;

/// Filters log lines that background jobs write about earlier tests: summaries and repairs of skips
/// after a second, and abandoned turns. For tests that expect nothing to be logged.
public final class BackgroundLogLines {
  private static final Pattern SUMMARY =
      Pattern.compile(
          "rollout persistence (skipped: .* \\(\\d+ more in \\d+ s\\)|repaired: gap .*)"
              + "|turn .* was abandoned for .*");

  private BackgroundLogLines() {}

  public static List<String> without(List<String> logged) {
    return logged.stream().filter(line -> !SUMMARY.matcher(line).matches()).toList();
  }
}
