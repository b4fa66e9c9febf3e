package dev.rollbook.rollout.disk;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/// A file for another program: it grows under a name that nobody looks for, and gets its own in a
/// single step when all of it is on the disk. To be closed, which removes what did not come to
/// that.
public final class NewFile implements Closeable {
  private static final int CHUNK = 64 * 1024;

  private final Disk disk;
  private final Path target;
  private final UnfinishedFile unfinished;
  private long size;

  /// How the new file stands to the one that is there.
  public enum Against {
    NOTHING,
    SAME,
    /// The new one begins with the old one.
    LONGER,
    OTHER
  }

  /// What a file is to hold.
  public interface Contents {
    void writeTo(OutputStream out) throws IOException;
  }

  private NewFile(Disk disk, Path target) {
    this.disk = disk;
    this.target = target;
    this.unfinished =
        new UnfinishedFile(disk, target.resolveSibling("." + target.getFileName() + ".rollbook"));
  }

  public static NewFile of(Disk disk, Path target, Contents contents) throws IOException {
    var file = new NewFile(disk, target);
    return IoRecovery.closeOnFailure(file, () -> file.write(contents));
  }

  private NewFile write(Contents contents) throws IOException {
    disk.delete(unfinished.path());
    try (var file = disk.create(unfinished.path());
        var out = new BufferedOutputStream(new Appending(file), CHUNK)) {
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

  public Against compare() throws IOException {
    return disk.stat(target) == null ? Against.NOTHING : compare(disk, unfinished.path(), target);
  }

  public static Against compare(Disk disk, Path one, Path other) throws IOException {
    try (var ours = disk.openForRead(one);
        var theirs = disk.openForRead(other)) {
      if (ours.commonPrefix(theirs) < theirs.size()) {
        return Against.OTHER;
      }
      return ours.size() > theirs.size() ? Against.LONGER : Against.SAME;
    }
  }

  /// Gives it its name, for good.
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
