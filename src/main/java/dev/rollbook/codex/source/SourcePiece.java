package dev.rollbook.codex.source;

import dev.rollbook.rollout.line.RawLine;
import dev.rollbook.rollout.line.RolloutLine;

/// A part of a source file: a line that can be parsed, or bytes that cannot. [SourceReader] returns
/// the parts in the order of the file.
public sealed interface SourcePiece {
  /// Number of the line in the source, from 1.
  long number();

  /// Number of bytes, after redaction.
  long length();

  /// A readable line, with its ordinal in the source.
  record Line(long number, RolloutLine line, RawLine raw) implements SourcePiece {
    @Override
    public long length() {
      return raw.length();
    }
  }

  /// A line, or part of a line, that cannot be parsed.
  ///
  /// @param cause shown to people
  record Broken(long number, String cause, RawLine raw) implements SourcePiece {
    @Override
    public long length() {
      return raw.length();
    }
  }

  /// A run of NUL bytes, such as a crash of the machine leaves behind.
  ///
  /// @param offset of the first one in the decompressed source
  record Nuls(long number, long offset, long length) implements SourcePiece {}
}
