package dev.rollbook.http;

import java.util.List;
import java.util.regex.Pattern;

/// Skips that an earlier test caused are summed up in the log, and repaired, a second later: a test
/// that expects silence leaves these lines out.
final class LateSummaries {
  private static final Pattern SUMMARY =
      Pattern.compile(
          "rollout persistence (skipped: .* \\(\\d+ more in \\d+ s\\)|repaired: gap .*)");

  private LateSummaries() {}

  static List<String> without(List<String> logged) {
    return logged.stream().filter(line -> !SUMMARY.matcher(line).matches()).toList();
  }
}
