package dev.rollbook.rollout.disk;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/// Atomic write of a file that another program reads. The content is written to a temporary file,
/// which is fsynced and then renamed. `close()` deletes the temporary file if it was not renamed.
public final class AtomicFile implements Closeable {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final Disk disk;
  private final Path target;
  private final UnfinishedFile unfinished;
  private long size;

  /// How the new file differs from the one that it will replace.
  public enum Difference {
    NO_TARGET,
    SAME,
    /// The new file begins with all of the old one.
    LONGER,
    DIFFERENT
  }

  /// Writes the contents of a file.
  public interface Contents {
    void writeTo(OutputStream out) throws IOException;
  }

  private AtomicFile(Disk disk, Path target) {
    this.disk = disk;
    this.target = target;
    this.unfinished =
        new UnfinishedFile(disk, target.resolveSibling("." + target.getFileName() + ".rollbook"));
  }

  public static AtomicFile of(Disk disk, Path target, Contents contents) throws IOException {
    var file = new AtomicFile(disk, target);
    return IoRecovery.closeOnFailure(file, () -> file.write(contents));
  }

  private AtomicFile write(Contents contents) throws IOException {
    disk.delete(unfinished.path());
    try (var file = disk.create(unfinished.path());
        var out = new BufferedOutputStream(new Appending(file), BUFFER_BYTES)) {
      contents.writeTo(out);
      out.flush();
      file.force();
      size = file.size();
    }
    return this;
  }

  public long size() {
    return size;
  }

  public Difference compare() throws IOException {
    return disk.stat(target) == null
        ? Difference.NO_TARGET
        : compare(disk, unfinished.path(), target);
  }

  public static Difference compare(Disk disk, Path one, Path other) throws IOException {
    try (var ours = disk.openForRead(one);
        var theirs = disk.openForRead(other)) {
      if (ours.commonPrefix(theirs) < theirs.size()) {
        return Difference.DIFFERENT;
      }
      return ours.size() > theirs.size() ? Difference.LONGER : Difference.SAME;
    }
  }

  /// Renames it to the target, durably.
  ///
  /// @param top the directory down from which names are made durable
  public void publish(Path top) throws IOException {
    unfinished.publish(target);
    var directory = Disk.directoryOf(target);
    disk.forceDirectory(directory);
    while (directory.startsWith(top) && !directory.equals(top)) {
      directory = Disk.directoryOf(directory);
      disk.forceDirectory(directory);
    }
  }

  @Override
  public void close() throws IOException {
    unfinished.close();
  }

  private static final class Appending extends OutputStream {
    private final DiskFile file;

    Appending(DiskFile file) {
      this.file = file;
    }

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      file.appendAll(ByteBuffer.wrap(bytes, offset, length));
    }
  }
}
