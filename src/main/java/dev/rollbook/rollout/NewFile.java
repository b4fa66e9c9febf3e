package dev.rollbook.rollout;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A file for another program: it grows under a name that nobody looks for, and gets its own in a
/// single step when all of it is on the disk. To be closed, which removes what did not come to
/// that.
public final class NewFile implements Closeable {
  private static final int CHUNK = 64 * 1024;

  private final Disk disk;
  private final Path target;
  private final Path unfinished;
  private boolean published;

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
    this.unfinished = target.resolveSibling("." + target.getFileName() + ".rollbook");
  }

  static NewFile of(Disk disk, Path target, Contents contents) throws IOException {
    var file = new NewFile(disk, target);
    try {
      file.write(contents);
      return file;
    } catch (IOException | RuntimeException failed) {
      try (file) {
        throw failed;
      }
    }
  }

  private void write(Contents contents) throws IOException {
    disk.delete(unfinished);
    try (var file = disk.create(unfinished);
        var out = new BufferedOutputStream(new DiskOutput(file), CHUNK)) {
      contents.writeTo(out);
      out.flush();
      file.force();
    }
  }

  public long size() throws IOException {
    return size(published ? target : unfinished);
  }

  public Against compare() throws IOException {
    return disk.stat(target) == null ? Against.NOTHING : compare(disk, unfinished, target);
  }

  static Against compare(Disk disk, Path one, Path other) throws IOException {
    try (var ours = FileInput.open(disk, one, 0);
        var theirs = FileInput.open(disk, other, 0)) {
      return compare(ours, theirs);
    }
  }

  private static Against compare(InputStream ours, InputStream theirs) throws IOException {
    while (true) {
      var mine = ours.readNBytes(CHUNK);
      var other = theirs.readNBytes(CHUNK);
      int common = Math.min(mine.length, other.length);
      if (mine.length < other.length || !Arrays.equals(mine, 0, common, other, 0, common)) {
        return Against.OTHER;
      }
      if (other.length < CHUNK) {
        return mine.length > other.length || ours.read() >= 0 ? Against.LONGER : Against.SAME;
      }
    }
  }

  /// Gives it its name, for good.
  ///
  /// @param top the directory down from which names are made durable
  public void publish(Path top) throws IOException {
    disk.move(unfinished, target);
    published = true;
    var directory = target.resolveSibling(".").normalize();
    disk.forceDirectory(directory);
    while (directory.startsWith(top) && !directory.equals(top)) {
      directory = directory.resolveSibling(".").normalize();
      disk.forceDirectory(directory);
    }
  }

  private long size(Path path) throws IOException {
    @Nullable FileState state = disk.stat(path);
    return state == null ? 0 : state.size();
  }

  @Override
  public void close() throws IOException {
    if (!published) {
      disk.delete(unfinished);
    }
  }
}
