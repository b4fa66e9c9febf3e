package dev.rollbook.codex.source;

import dev.rollbook.rollout.line.RolloutLine;

/// Position in a source file from which reading can continue.
///
/// @param bytes offset of the end of the last complete line that was read
/// @param lines number of lines before that offset
/// @param previousOrdinal ordinal of the last readable line before that offset
public record SourcePosition(long bytes, long lines, long previousOrdinal) {
  public static final SourcePosition START = new SourcePosition(0, 0, RolloutLine.NO_ORDINAL);
}
