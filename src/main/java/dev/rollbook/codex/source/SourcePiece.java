package dev.rollbook.codex.source;

import dev.rollbook.rollout.line.RawLine;
import dev.rollbook.rollout.line.RolloutLine;

/// A piece of a source, in order: a readable line, or bytes that cannot be read.
public sealed interface SourcePiece {
  /// Number of the line in the source, from 1.
  long number();

  /// Length in bytes of the source.
  long length();

  /// A readable line, with its ordinal in the source.
  record Line(long number, RolloutLine line, RawLine raw) implements SourcePiece {
    @Override
    public long length() {
      return raw.length();
    }
  }

  /// A line, or a part of one, that cannot be parsed.
  ///
  /// @param cause shown to people
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
