package dev.rollbook.rollout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Puts lines into the middle of a rollout: the new file is written beside the old one, forced, and
/// takes its place at once, so that a reader sees the one or the other.
final class RolloutRewrite {
  private static final int CHUNK = 256 * 1024;

  private final Disk disk;
  private final Path path;
  private final Path beside;

  RolloutRewrite(Disk disk, RolloutRef ref) {
    this.disk = disk;
    this.path = ref.path();
    this.beside = beside(ref.path());
  }

  /// Where a new file is written; not the name of a rollout.
  static Path beside(Path rollout) {
    return rollout.resolveSibling(rollout.getFileName() + ".repair");
  }

  /// @param at where the lines begin then
  /// @param size of the file as it is
  /// @return the size of the new file
  /// @throws IOException if it cannot be done; then the rollout is as it was
  long insert(long at, EncodedLines lines, long size) throws IOException {
    var before = disk.stat(path);
    disk.delete(beside);
    try {
      write(at, lines, size);
      if (!keyAndSize(before).equals(keyAndSize(disk.stat(path)))) {
        throw new IOException("changed by another program");
      }
      disk.move(beside, path);
    } catch (IOException | RuntimeException failed) {
      remove(failed);
      throw failed;
    }
    return size + lines.length();
  }

  /// Makes it durable that the new file has taken the place of the old one.
  void forceName() throws IOException {
    disk.forceDirectory(path.resolveSibling(".").normalize());
  }

  private void write(long at, EncodedLines lines, long size) throws IOException {
    try (var old = disk.openForRead(path);
        var renewed = disk.create(beside)) {
      copy(old, 0, at, renewed);
      renewed.appendAll(lines.buffer());
      copy(old, at, size, renewed);
      renewed.force();
    }
  }

  private static void copy(DiskFile from, long start, long end, DiskFile to) throws IOException {
    for (long position = start; position < end; ) {
      int length = (int) Math.min(CHUNK, end - position);
      to.appendAll(ByteBuffer.wrap(Bytes.read(from, position, length)));
      position += length;
    }
  }

  private void remove(Exception failed) {
    try {
      disk.delete(beside);
    } catch (IOException alsoFailed) {
      failed.addSuppressed(alsoFailed);
    }
  }

  private static String keyAndSize(@Nullable FileState state) {
    return state == null ? "none" : state.key() + "/" + state.size();
  }
}
