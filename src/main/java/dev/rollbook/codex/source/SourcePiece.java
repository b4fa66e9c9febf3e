package dev.rollbook.codex.source;

import dev.rollbook.rollout.line.RawLine;
import dev.rollbook.rollout.line.RolloutLine;

/// What a source has next: something that can be read, or not.
public sealed interface SourcePiece {
  /// Number of the line in the source, from 1.
  long number();

  /// Bytes of the source.
  long length();

  /// A line that can be read, with its place in the source's own order.
  record Line(long number, RolloutLine line, RawLine raw) implements SourcePiece {
    @Override
    public long length() {
      return raw.length();
    }
  }

  /// A line, or a part of one, that cannot be read.
  ///
  /// @param cause for people
  record Broken(long number, String cause, RawLine raw) implements SourcePiece {
    @Override
    public long length() {
      return raw.length();
    }
  }

  /// NUL bytes, as a crash of a machine leaves them.
  ///
  /// @param offset of the first one in the source, unpacked
  record Nuls(long number, long offset, long length) implements SourcePiece {}
}
