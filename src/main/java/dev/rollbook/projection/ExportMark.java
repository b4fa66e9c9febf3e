package dev.rollbook.projection;

import dev.rollbook.rollout.line.RolloutLine;

/// The id of a line that an export changed or added for Codex: where it comes back to the thread
/// that it was made of, that thread has it already, in its own words.
public final class ExportMark {
  private static final String BEGINNING = "rollbook-export-";

  private ExportMark() {}

  public static String changed(RolloutLine line) {
    return BEGINNING + line.ordinal();
  }

  public static String added(RolloutLine line) {
    return BEGINNING + line.ordinal() + "-half";
  }

  public static boolean isOn(RolloutLine line) {
    return line.id() != null && line.id().startsWith(BEGINNING);
  }
}
