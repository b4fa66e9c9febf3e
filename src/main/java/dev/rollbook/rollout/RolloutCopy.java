package dev.rollbook.rollout;

import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.UnfinishedFile;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.MemoryBudget;
import dev.rollbook.rollout.line.MemoryReservation;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/// A rollout in the making: the lines of another one under a `session_meta` of its own.
///
/// It grows where nobody looks for rollouts, and becomes one in a single step when all of it is on
/// the disk. To be closed, which removes what has not become one.
public final class RolloutCopy implements Closeable {
  private final Disk disk;
  private final RolloutSync sync;
  private final MemoryBudget memory;
  private final RolloutRef ref;
  private final UnfinishedFile unfinished;
  private final DiskFile file;
  private final boolean repeatable;

  /// @param repeatable whether what is copied stays elsewhere, so that the copy may be forced later
  RolloutCopy(Rollouts rollouts, RolloutRef ref, Path unfinished, boolean repeatable)
      throws IOException {
    this.repeatable = repeatable;
    this.disk = rollouts.disk();
    this.sync = rollouts.sync();
    this.memory = rollouts.memory();
    this.ref = ref;
    this.unfinished = new UnfinishedFile(disk, unfinished);
    this.file = disk.create(unfinished);
  }

  /// Appends lines, and then those of another rollout.
  ///
  /// @param part is closed; if anything fails so is this copy
  RolloutCopy with(EncodedLines lines, Slice part) throws IOException {
    return IoRecovery.closeOnFailure(
        this,
        () -> {
          try (part) {
            append(lines);
            part.copyTo(file);
          }
          return this;
        });
  }

  public RolloutRef ref() {
    return ref;
  }

  public void append(EncodedLines lines) throws IOException {
    file.appendAll(lines.buffer());
  }

  /// Reads what it has so far. To be closed.
  public RolloutReader read() throws IOException {
    return RolloutReader.of(disk.openForRead(unfinished.path()), Long.MAX_VALUE)
        .within(memory.reserve());
  }

  /// The lines behind the first one, through an ordinal, of what it has so far. To be closed; the
  /// copy may be closed before.
  public Slice part(long through) throws IOException {
    var copied = disk.openForRead(unfinished.path());
    return IoRecovery.closeOnFailure(
        copied, () -> Slice.of(copied, ref, 0, through, memory.reserve()));
  }

  /// Makes it a rollout.
  ///
  /// @throws IOException if that cannot be; then it is none
  public void publish() throws IOException {
    if (!repeatable) {
      file.force();
    }
    file.close();
    if (disk.stat(ref.path()) != null) {
      throw new IOException("another file is at " + ref.name());
    }
    unfinished.publish(ref.path());
    try {
      if (repeatable) {
        sync.copied(ref.path());
      }
      sync.renamed(ref.path());
    } catch (IOException failed) {
      IoRecovery.undo(failed, () -> disk.delete(ref.path()));
      throw failed;
    }
  }

  /// Makes it the rollout in the place of the one that was.
  ///
  /// @throws IOException if that cannot be; then the one that was is there
  public void replace() throws IOException {
    file.force();
    file.close();
    unfinished.publish(ref.path());
    sync.renamed(ref.path());
  }

  @Override
  public void close() throws IOException {
    try (unfinished) {
      file.close();
    }
  }

  /// The lines behind the first one of a rollout, through an ordinal: known by their place in the
  /// file, so that a copy need not take them apart.
  ///
  /// The file stays open: what becomes of its name meanwhile does not matter. To be closed.
  public static final class Slice implements Closeable {
    private final DiskFile file;
    private final long firstOrdinal;
    private final long start;
    private final long end;

    private Slice(DiskFile file, long firstOrdinal, long start, long end) {
      this.file = file;
      this.firstOrdinal = firstOrdinal;
      this.start = start;
      this.end = end;
    }

    /// Lines that cannot be read go with the ones before them.
    static Slice of(
        DiskFile file, RolloutRef ref, long ordered, long through, MemoryReservation room)
        throws IOException {
      var reader = new RolloutReader(file, file.size()).within(room);
      try {
        return of(reader, file, ref, ordered, through);
      } finally {
        reader.release();
      }
    }

    private static Slice of(
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
      return new Slice(
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
}
