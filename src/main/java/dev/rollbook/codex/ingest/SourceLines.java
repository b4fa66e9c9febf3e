package dev.rollbook.codex.ingest;

import dev.rollbook.codex.source.SourcePiece;
import dev.rollbook.codex.source.SourcePiece.Line;
import dev.rollbook.codex.source.SourcePosition;
import dev.rollbook.codex.source.SourceReader;
import dev.rollbook.rollout.Quarantine;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Reader of a source file. It returns the lines that can be parsed, writes all other bytes to the
/// quarantine, and counts readable and quarantined lines.
final class SourceLines {
  private final SourceReader source;
  private final @Nullable Quarantine quarantine;
  private long quarantined;
  private long lastQuarantined;
  private long count;

  /// @param quarantine null if unreadable lines need not be kept
  SourceLines(SourceReader source, @Nullable Quarantine quarantine) {
    this.source = source;
    this.quarantine = quarantine;
  }

  /// @throws ImportFailedException if no line can be read
  Line first() throws IOException {
    var line = next();
    if (line == null) {
      throw new ImportFailedException(
          "has no line that can be read (%d cannot): nothing was imported".formatted(quarantined));
    }
    return line;
  }

  /// The next readable line; null at the end.
  @Nullable Line next() throws IOException {
    for (var piece = source.next(); piece != null; piece = source.next()) {
      switch (piece) {
        case Line line -> {
          count++;
          return line;
        }
        case SourcePiece.Broken broken -> {
          if (quarantine != null) {
            quarantine.add(broken.number(), broken.cause(), broken.raw());
          }
        }
        case SourcePiece.Nuls nuls -> {
          if (quarantine != null) {
            quarantine.addNuls(nuls.number(), nuls.offset(), nuls.length());
          }
        }
      }
      // A line with several unreadable parts counts once.
      quarantined += piece.number() == lastQuarantined ? 0 : 1;
      lastQuarantined = piece.number();
    }
    return null;
  }

  /// Readable lines so far.
  long count() {
    return count;
  }

  /// Lines so far of which some part cannot be read.
  long quarantined() {
    return quarantined;
  }

  /// Position from which a later import can continue.
  SourcePosition place() {
    return source.place();
  }
}
