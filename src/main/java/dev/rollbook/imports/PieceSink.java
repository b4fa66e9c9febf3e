package dev.rollbook.imports;

import dev.rollbook.rollout.Quarantine;
import dev.rollbook.source.SourcePiece;
import dev.rollbook.source.SourceReader;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Takes what a source has: lines go on, what cannot be read goes into quarantine, both counted.
final class PieceSink {
  /// Is given each line in order.
  interface Lines {
    void take(SourcePiece.Line line) throws IOException;
  }

  private final @Nullable Quarantine quarantine;
  private long quarantined;
  private long lastQuarantined;
  private long lines;

  /// @param quarantine null where what cannot be read is of no interest
  PieceSink(@Nullable Quarantine quarantine) {
    this.quarantine = quarantine;
  }

  /// @return the first line that can be read
  SourcePiece.Line first(SourceReader source) throws IOException {
    for (var piece = source.next(); piece != null; piece = source.next()) {
      switch (piece) {
        case SourcePiece.Broken broken -> keep(broken);
        case SourcePiece.Nuls nuls -> keep(nuls);
        case SourcePiece.Line line -> {
          lines++;
          return line;
        }
      }
    }
    throw new ImportFailedException(
        "has no line that can be read (%d cannot): nothing was imported".formatted(quarantined));
  }

  void all(SourceReader source, Lines sink) throws IOException {
    for (var piece = source.next(); piece != null; piece = source.next()) {
      switch (piece) {
        case SourcePiece.Broken broken -> keep(broken);
        case SourcePiece.Nuls nuls -> keep(nuls);
        case SourcePiece.Line line -> {
          lines++;
          sink.take(line);
        }
      }
    }
  }

  long quarantined() {
    return quarantined;
  }

  long lines() {
    return lines;
  }

  private void keep(SourcePiece.Broken broken) throws IOException {
    if (quarantine != null) {
      quarantine.add(broken.number(), broken.cause(), broken.raw());
    }
    count(broken);
  }

  private void keep(SourcePiece.Nuls nuls) throws IOException {
    if (quarantine != null) {
      quarantine.addNuls(nuls.number(), nuls.offset(), nuls.length());
    }
    count(nuls);
  }

  /// A line of which several parts cannot be read is one line.
  private void count(SourcePiece piece) {
    quarantined += piece.number() == lastQuarantined ? 0 : 1;
    lastQuarantined = piece.number();
  }
}
