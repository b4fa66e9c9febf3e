package dev.rollbook.rollout;

import dev.rollbook.rollout.line.OrdinalRange;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;

/// An open rollout whose lines in a range can be written to a stream, each with its ordinal and a
/// line feed. One line is in memory at a time.
public final class RolloutTransfer implements Closeable {
  private final RolloutReader reader;
  private final long ordered;
  private final OrdinalRange range;
  private final ScannedRuns.OfRollout known;

  RolloutTransfer(
      RolloutReader reader, long ordered, OrdinalRange range, ScannedRuns.OfRollout known) {
    this.reader = reader;
    this.ordered = ordered;
    this.range = range;
    this.known = known;
  }

  /// Writes the lines.
  ///
  /// @throws IOException if the rollout cannot be read to its end, or a write fails
  public void writeTo(OutputStream out) throws IOException {
    reader.seek(range.first(), ordered);
    reader.transferTo(range, out, known);
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
