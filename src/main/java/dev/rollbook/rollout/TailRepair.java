package dev.rollbook.rollout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a rollout end with a whole line before anything is appended to it.
///
/// A last line that lacks only its line feed gets it. A torn one is cut off, and its bytes are kept
/// beside the rollout as `<name>.torn-<n>`.
final class TailRepair {
  private static final Logger log = LoggerFactory.getLogger(TailRepair.class);
  private static final int CHUNK = 64 * 1024;

  private final Disk disk;

  TailRepair(Disk disk) {
    this.disk = disk;
  }

  /// @return the end of the file as it is afterwards
  RolloutTail repair(Path path) throws IOException {
    byte[] last;
    long size;
    try (var file = disk.openForRead(path)) {
      size = file.size();
      last = lastLine(file, size);
    }
    if (last.length > 0 && last[last.length - 1] != '\n') {
      var whole = decode(last);
      size = whole.isPresent() ? finish(path, size) : cut(path, size, last);
      return whole.isPresent() ? new RolloutTail(size, ordinal(last)) : repair(path);
    }
    return new RolloutTail(size, ordinal(last));
  }

  private static long ordinal(byte[] line) {
    return decode(line).map(RolloutLine::ordinal).orElse(RolloutLine.NO_ORDINAL);
  }

  private static Optional<RolloutLine> decode(byte[] line) {
    int start = ByteOrderMark.length(line, 0, line.length);
    return LineDecoder.decode(line, start, line.length - start);
  }

  private long finish(Path path, long size) throws IOException {
    try (var file = disk.openForAppend(path)) {
      file.append(ByteBuffer.wrap(new byte[] {'\n'}));
    }
    return size + 1;
  }

  private long cut(Path path, long size, byte[] torn) throws IOException {
    var kept = keep(path, torn);
    try (var file = disk.openForAppend(path)) {
      file.truncate(size - torn.length);
    }
    log.warn(
        "rollout {} ended in a torn line: cut {} bytes, kept as {}",
        path,
        torn.length,
        kept.getFileName());
    return size - torn.length;
  }

  /// Where the n-th torn line of a rollout is kept.
  static Path torn(Path path, int n) {
    return path.resolveSibling(path.getFileName() + ".torn-" + n);
  }

  private Path keep(Path path, byte[] torn) throws IOException {
    for (int n = 1; ; n++) {
      var beside = torn(path, n);
      try (var file = disk.create(beside)) {
        file.appendAll(ByteBuffer.wrap(torn));
        file.force();
        return beside;
      } catch (FileAlreadyExistsException taken) {
        // Kept from an earlier crash; the next number is free.
      }
    }
  }

  /// The bytes after the last line feed, or, if the file ends with one, after the one before.
  private static byte[] lastLine(DiskFile file, long size) throws IOException {
    if (size == 0) {
      return new byte[0];
    }
    for (long window = CHUNK; ; window *= 4) {
      int length = Math.toIntExact(Math.min(window, size));
      var bytes = Bytes.read(file, size - length, length);
      int lineFeed = length - 2;
      while (lineFeed >= 0 && bytes[lineFeed] != '\n') {
        lineFeed--;
      }
      if (lineFeed >= 0 || length == size) {
        return Arrays.copyOfRange(bytes, lineFeed + 1, length);
      }
    }
  }
}
