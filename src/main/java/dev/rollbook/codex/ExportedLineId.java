package dev.rollbook.codex;

import dev.rollbook.rollout.line.RolloutLine;

/// Id that marks a line as changed or added by an export. An import skips a line with this mark,
/// because the thread already has the content of the line.
public final class ExportedLineId {
  private static final String BEGINNING = "rollbook-export-";

  private ExportedLineId() {}

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
