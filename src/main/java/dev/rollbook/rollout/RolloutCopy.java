package dev.rollbook.rollout;

import java.io.Closeable;
import java.io.IOException;
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
  RolloutCopy with(EncodedLines lines, RolloutPart part) throws IOException {
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
  public RolloutPart part(long through) throws IOException {
    var copied = disk.openForRead(unfinished.path());
    return IoRecovery.closeOnFailure(
        copied, () -> RolloutPart.of(copied, ref, 0, through, memory.reserve()));
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
}
