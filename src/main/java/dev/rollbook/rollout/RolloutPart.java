package dev.rollbook.rollout;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/// The lines behind the first one of a rollout, through an ordinal: known by their place in the
/// file, so that a copy need not take them apart.
///
/// The file stays open: what becomes of its name meanwhile does not matter. To be closed.
public final class RolloutPart implements Closeable {
  private final DiskFile file;
  private final long firstOrdinal;
  private final long start;
  private final long end;

  private RolloutPart(DiskFile file, long firstOrdinal, long start, long end) {
    this.file = file;
    this.firstOrdinal = firstOrdinal;
    this.start = start;
    this.end = end;
  }

  /// Lines that cannot be read go with the ones before them.
  static RolloutPart of(
      DiskFile file, RolloutRef ref, long ordered, long through, MemoryReservation room)
      throws IOException {
    var reader = new RolloutReader(file, file.size()).within(room);
    try {
      return of(reader, file, ref, ordered, through);
    } finally {
      reader.release();
    }
  }

  private static RolloutPart of(
      RolloutReader reader, DiskFile file, RolloutRef ref, long ordered, long through)
      throws IOException {
    var first = reader.next();
    if (first == null) {
      throw new RolloutGoneException(ref.path(), "no line");
    }
    long start = reader.place();
    long end = start;
    reader.seek(through, ordered);
    for (var line = reader.next();
        line != null && line.ordinal() <= through;
        line = reader.next()) {
      end = Math.max(start, reader.place());
    }
    return new RolloutPart(
        file, first.numbered() ? first.ordinal() : RolloutLine.NO_ORDINAL, start, end);
  }

  /// The ordinal that the first line says, or -1: whoever stands in for it must say the same, as
  /// lines without a number are counted from there.
  long firstOrdinal() {
    return firstOrdinal;
  }

  void copyTo(DiskFile target) throws IOException {
    file.copyTo(target, start, end);
    if (start < end && file.readFully(end - 1, 1)[0] != '\n') {
      target.appendAll(ByteBuffer.wrap(new byte[] {'\n'}));
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
