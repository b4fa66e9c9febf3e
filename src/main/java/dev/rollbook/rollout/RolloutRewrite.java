package dev.rollbook.rollout;

import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.FileState;
import dev.rollbook.rollout.disk.UnfinishedFile;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.OrdinalRange;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Inserts lines into the middle of a rollout. The result is written to a new file, which is
/// fsynced and then renamed to the path of the rollout. So a reader sees either the old or the new
/// rollout.
final class RolloutRewrite {
  private RolloutRewrite() {}

  /// Path of the new file. Its name is not that of a rollout, so readers ignore it after a crash.
  static Path beside(Path rollout) {
    return rollout.resolveSibling(rollout.getFileName() + ".repair");
  }

  /// Position at which lines with these ordinals belong: the start of the first line after them, or
  /// the end of the file. Empty if the rollout has such lines already.
  static OptionalLong positionOf(Rollouts rollouts, RolloutRef ref, OrdinalRange range, long size)
      throws IOException {
    try (var reader = rollouts.read(ref, size)) {
      var line = reader.next();
      while (line != null && line.ordinal() < range.first()) {
        line = reader.next();
      }
      if (line == null) {
        return OptionalLong.of(size);
      }
      return line.ordinal() > range.last()
          ? OptionalLong.of(reader.lineStart())
          : OptionalLong.empty();
    }
  }

  /// @param at position at which the lines are inserted
  /// @param size of the old file
  /// @return the size of the new file
  /// @throws IOException if that fails; then the rollout is unchanged
  static long insert(Disk disk, RolloutRef ref, long at, EncodedLines lines, long size)
      throws IOException {
    var path = ref.path();
    var before = disk.stat(path);
    disk.delete(beside(path));
    try (var unfinished = new UnfinishedFile(disk, beside(path))) {
      try (var old = disk.openForRead(path);
          var renewed = disk.create(unfinished.path())) {
        old.copyTo(renewed, 0, at);
        renewed.appendAll(lines.buffer());
        old.copyTo(renewed, at, size);
        renewed.force();
      }
      if (!keyAndSize(before).equals(keyAndSize(disk.stat(path)))) {
        throw new IOException("changed by another program");
      }
      unfinished.publish(path);
    }
    return size + lines.length();
  }

  private static String keyAndSize(@Nullable FileState state) {
    return state == null ? "none" : state.key() + "/" + state.size();
  }
}
