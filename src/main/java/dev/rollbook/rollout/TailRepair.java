package dev.rollbook.rollout;

import dev.rollbook.memory.MemoryBudget;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Repairs the end of a rollout before an append, so that the file ends with a whole line.
///
/// If a complete last line lacks its line feed, the line feed is added. A torn line is truncated,
/// and its bytes are saved beside the rollout as `<name>.torn-<n>`. A crash of the machine may
/// leave trailing NUL bytes. They are truncated, and their number is logged. The tail is read in
/// chunks, because it may have any length.
record TailRepair(Disk disk, MemoryBudget memory) {
  private static final Logger log = LoggerFactory.getLogger(TailRepair.class);

  /// @return the end of the repaired file
  RolloutTail repair(Path path) throws IOException {
    long size;
    long start;
    long end;
    Optional<RolloutLine> last;
    try (var file = disk.openForRead(path)) {
      size = file.size();
      if (size == 0 || file.readFully(size - 1, 1)[0] == '\n') {
        return new RolloutTail(size, ordinal(line(file, lineStart(file, size - 1), size)));
      }
      end = file.afterLast(0, size, b -> b != 0);
      start = lineStart(file, end);
      last = line(file, start, end);
    }
    if (end < size && end == start) {
      // Whole lines, and then NULs.
      truncateNuls(path, end, size);
      return repair(path);
    }
    if (last.isEmpty()) {
      truncateTornLine(path, start, end, size);
      return repair(path);
    }
    if (end < size) {
      truncateNuls(path, end, size);
    }
    return new RolloutTail(addLineFeed(path, end), ordinal(last));
  }

  private static long ordinal(Optional<RolloutLine> line) {
    return line.map(RolloutLine::ordinal).orElse(RolloutLine.NO_ORDINAL);
  }

  private Optional<RolloutLine> line(DiskFile file, long start, long end) throws IOException {
    var reader = new RolloutReader(file, end).within(memory.reserve());
    try {
      reader.skipTo(start);
      return Optional.ofNullable(reader.rawNext());
    } finally {
      reader.release();
    }
  }

  private long addLineFeed(Path path, long size) throws IOException {
    try (var file = disk.openForAppend(path)) {
      file.append(ByteBuffer.wrap(new byte[] {'\n'}));
    }
    return size + 1;
  }

  private void truncateNuls(Path path, long end, long size) throws IOException {
    try (var file = disk.openForAppend(path)) {
      file.truncate(end);
    }
    log.warn("rollout {} ended in NUL bytes: truncated {} bytes", path, size - end);
  }

  private void truncateTornLine(Path path, long start, long end, long size) throws IOException {
    var saved = save(path, start, end);
    try (var file = disk.openForAppend(path)) {
      file.truncate(start);
    }
    log.warn(
        "rollout {} ended in a torn line: truncated {} bytes, saved as {}",
        path,
        size - start,
        saved.getFileName());
  }

  /// Path of the n-th torn line of a rollout.
  static Path torn(Path path, int n) {
    return path.resolveSibling(path.getFileName() + ".torn-" + n);
  }

  private Path save(Path path, long start, long end) throws IOException {
    for (int n = 1; ; n++) {
      var beside = torn(path, n);
      try (var file = disk.create(beside);
          var rollout = disk.openForRead(path)) {
        rollout.copyTo(file, start, end);
        file.force();
        return beside;
      } catch (FileAlreadyExistsException e) {
        // That file is from an earlier crash; try the next number.
      }
    }
  }

  /// Position after the last line feed before a position.
  private static long lineStart(DiskFile file, long end) throws IOException {
    return file.afterLast(0, end, b -> b == '\n');
  }
}
