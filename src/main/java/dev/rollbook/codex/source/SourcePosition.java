package dev.rollbook.codex.source;

import dev.rollbook.rollout.line.RolloutLine;

/// How far a source was read, so that reading can go on there.
///
/// @param bytes of the source up to the end of the last whole line
/// @param lines up to there
/// @param previousOrdinal of the last line that could be read
public record SourcePosition(long bytes, long lines, long previousOrdinal) {
  public static final SourcePosition START = new SourcePosition(0, 0, RolloutLine.NO_ORDINAL);
}
