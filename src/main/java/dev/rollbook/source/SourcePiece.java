package dev.rollbook.source;

import dev.rollbook.rollout.RawLine;
import dev.rollbook.rollout.RolloutLine;

/// What a source has next: something that can be read, or not.
public sealed interface SourcePiece {
  /// Number of the line in the source, from 1.
  long number();

  RawLine raw();

  /// A line that can be read, with its place in the source's own order.
  record Line(long number, RolloutLine line, RawLine raw) implements SourcePiece {}

  /// A line, or a part of one, that cannot be read.
  ///
  /// @param cause for people
  record Broken(long number, String cause, RawLine raw) implements SourcePiece {}
}
