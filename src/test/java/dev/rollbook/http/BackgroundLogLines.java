package dev.rollbook.http;

import java.util.List;
import java.util.regex.Pattern;

/// What earlier tests left behind is told later: skips are summed up and repaired after a second,
/// and a turn that was started long ago, by its times, is interrupted by the next pass. A test that
/// expects silence leaves these lines out.
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
