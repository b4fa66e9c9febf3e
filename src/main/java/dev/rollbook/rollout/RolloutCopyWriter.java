package dev.rollbook.rollout;

import dev.rollbook.memory.MemoryBudget;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.UnfinishedFile;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/// Writer of a new rollout from the lines of another rollout, with a `session_meta` of its own.
///
/// It writes the lines to an unfinished file, fsyncs the file, and publishes it by renaming.
/// `close()` deletes the file unless it was published.
public final class RolloutCopyWriter implements Closeable {
  private final Disk disk;
  private final RolloutSync sync;
  private final MemoryBudget memory;
  private final RolloutRef ref;
  private final UnfinishedFile unfinished;
  private final DiskFile file;
  private final boolean repeatable;

  /// @param repeatable whether the source stays, so that the copy can be made again, and may be
  ///   synced to the disk later
  RolloutCopyWriter(Rollouts rollouts, RolloutRef ref, Path unfinished, boolean repeatable)
      throws IOException {
    this.repeatable = repeatable;
    this.disk = rollouts.disk();
    this.sync = rollouts.sync();
    this.memory = rollouts.memory();
    this.ref = ref;
    this.unfinished = new UnfinishedFile(disk, unfinished);
    this.file = disk.create(unfinished);
  }

  /// Appends lines, and then a slice of another rollout.
  ///
  /// @param part is closed in any case; if appending fails, this copy is closed, too
  RolloutCopyWriter with(EncodedLines lines, Slice part) throws IOException {
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

  /// Reads the lines written so far. Caller must close the reader.
  public RolloutReader read() throws IOException {
    return RolloutReader.of(disk.openForRead(unfinished.path()), Long.MAX_VALUE)
        .within(memory.reserve());
  }

  /// Slice of the lines written so far, from the second line through an ordinal. Caller must close
  /// the slice, which stays readable after the copy is closed.
  public Slice part(long through) throws IOException {
    var copied = disk.openForRead(unfinished.path());
    return IoRecovery.closeOnFailure(
        copied, () -> Slice.of(copied, ref, 0, through, memory.reserve()));
  }

  /// Publishes the rollout.
  ///
  /// @throws IOException if that fails; then the rollout does not exist
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
    } catch (IOException e) {
      IoRecovery.undo(e, () -> disk.delete(ref.path()));
      throw e;
    }
  }

  /// Publishes the rollout in place of the existing one.
  ///
  /// @throws IOException if that fails; then the existing rollout is unchanged
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

  /// Slice of a rollout: its lines from the second one through an ordinal, as a range of bytes, so
  /// that a copy need not decode them.
  ///
  /// The slice holds the file open, so it can be read even after the file was moved or deleted.
  /// Caller must close the slice.
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

    /// Unreadable lines belong to the line before them.
    static Slice of(
        DiskFile file, RolloutRef ref, long ordered, long through, MemoryReservation reservation)
        throws IOException {
      var reader = new RolloutReader(file, file.size()).within(reservation);
      try {
        var first = reader.next();
        if (first == null) {
          throw new RolloutGoneException(ref.path(), "no line");
        }
        long start = reader.position();
        long end = start;
        reader.seek(through, ordered);
        for (var line = reader.next();
            line != null && line.ordinal() <= through;
            line = reader.next()) {
          end = Math.max(start, reader.position());
        }
        return new Slice(
            file, first.numbered() ? first.ordinal() : RolloutLine.NO_ORDINAL, start, end);
      } finally {
        reader.release();
      }
    }

    /// The ordinal that the first line states, or -1. A line that replaces the first line must
    /// state the same ordinal, because lines without ordinals are counted from there.
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
