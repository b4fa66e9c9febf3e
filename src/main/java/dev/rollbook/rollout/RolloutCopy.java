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
  private final Path unfinished;
  private final DiskFile file;
  private final boolean repeatable;
  private boolean published;

  /// @param repeatable whether what is copied stays elsewhere, so that the copy may be forced later
  RolloutCopy(Rollouts rollouts, RolloutRef ref, Path unfinished, boolean repeatable)
      throws IOException {
    this.repeatable = repeatable;
    this.disk = rollouts.disk();
    this.sync = rollouts.sync();
    this.memory = rollouts.memory();
    this.ref = ref;
    this.unfinished = unfinished;
    this.file = disk.create(unfinished);
  }

  /// How a copy begins.
  interface Beginning {
    RolloutCopy begin() throws IOException;
  }

  static RolloutCopy beginOrClose(RolloutPart part, Beginning beginning) throws IOException {
    try {
      return beginning.begin();
    } catch (IOException | RuntimeException failed) {
      try (part) {
        throw failed;
      }
    }
  }

  /// @param part is closed; where anything fails the copy is, too
  static RolloutCopy filled(RolloutCopy copy, RolloutPart part, EncodedLines lines)
      throws IOException {
    try (part) {
      copy.append(lines);
      copy.append(part);
    } catch (IOException | RuntimeException failed) {
      try (copy) {
        throw failed;
      }
    }
    return copy;
  }

  public RolloutRef ref() {
    return ref;
  }

  public void append(EncodedLines lines) throws IOException {
    file.appendAll(lines.buffer());
  }

  void append(RolloutPart part) throws IOException {
    part.copyTo(file);
  }

  /// Reads what it has so far. To be closed.
  public RolloutReader read() throws IOException {
    return RolloutReader.of(disk.openForRead(unfinished), Long.MAX_VALUE).within(memory.share());
  }

  /// The lines behind the first one, through an ordinal, of what it has so far. To be closed; the
  /// copy may be closed before.
  public RolloutPart part(long through) throws IOException {
    var copied = disk.openForRead(unfinished);
    try {
      return RolloutPart.of(copied, ref, 0, through, memory.share());
    } catch (IOException | RuntimeException e) {
      try (copied) {
        throw e;
      }
    }
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
    move();
    try {
      if (repeatable) {
        sync.copied(ref.path());
      }
      sync.renamed(ref.path());
    } catch (IOException failed) {
      takeBack(failed);
      throw failed;
    }
  }

  /// Makes it the rollout in the place of the one that was.
  ///
  /// @throws IOException if that cannot be; then the one that was is there
  public void replace() throws IOException {
    file.force();
    file.close();
    move();
    sync.renamed(ref.path());
  }

  private void move() throws IOException {
    disk.move(unfinished, ref.path());
    published = true;
  }

  private void takeBack(IOException failed) {
    try {
      disk.delete(ref.path());
    } catch (IOException alsoFailed) {
      failed.addSuppressed(alsoFailed);
    }
  }

  @Override
  public void close() throws IOException {
    if (published) {
      return;
    }
    try {
      file.close();
    } finally {
      disk.delete(unfinished);
    }
  }
}
