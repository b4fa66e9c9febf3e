package dev.rollbook.rollout.line;

/// How much of each line a reader gets.
public enum LineView {
  /// Every byte.
  WHOLE,

  /// Long strings of the payload are cut, and the line is marked as `truncated`.
  PREVIEW;

  public RolloutLine of(RolloutLine line) {
    return this == WHOLE ? line : PayloadPreview.of(line);
  }
}
