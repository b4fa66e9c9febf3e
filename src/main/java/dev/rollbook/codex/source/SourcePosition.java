package dev.rollbook.codex.source;

import dev.rollbook.rollout.line.RolloutLine;

/// Position in a source from which reading can continue.
///
/// @param bytes of the source up to the end of the last complete line
/// @param lines up to there
/// @param previousOrdinal of the last readable line
public record SourcePosition(long bytes, long lines, long previousOrdinal) {
  public static final SourcePosition START = new SourcePosition(0, 0, RolloutLine.NO_ORDINAL);
}
