package dev.rollbook.rollout;

import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.springframework.stereotype.Component;

/// Log of lines that can be written even if the disk is full, because the files of the log are
/// allocated in advance.
///
/// The log has two files, filled with line feeds. The file with the higher number in its first line
/// is the valid one, and lines are written to it until it is full. Then the lines that are still
/// needed are written to the other file, which becomes valid when it gets the next number. After a
/// kill, a file has complete lines, and at most one torn line at the end, which readers must skip.
///
/// Not thread-safe.
@Component
public class PreallocatedLog {
  /// Limit of all lines together.
  public static final int MAX_BYTES = 4 << 20;

  private static final int INITIAL_BYTES = 128 << 10;
  private static final int HEADER_BYTES = 17;

  private final Disk disk;
  private final RolloutSync sync;
  private final List<Path> files;
  private int active;
  private long number;
  private long end = HEADER_BYTES;

  PreallocatedLog(Disk disk, DataDir dataDir, RolloutSync sync) {
    this.disk = disk;
    this.sync = sync;
    this.files = List.of(dataDir.skipped("a"), dataDir.skipped("b"));
  }

  /// Allocates the files, and returns the lines in them.
  public List<String> open() throws IOException {
    var lines = List.<String>of();
    for (int i = 0; i < files.size(); i++) {
      var content = content(files.get(i));
      long found = number(content);
      if (i == 0 || found > number) {
        active = i;
        number = found;
        lines = lines(content);
        end = Math.max(HEADER_BYTES, lastCharacter(content) + 1L);
      }
    }
    return lines;
  }

  /// Appends a line.
  ///
  /// @return false if the file is full: [#replace] it without the lines that no longer count
  public boolean append(String line) throws IOException {
    var bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    var path = files.get(active);
    try (var file = disk.openInPlace(path)) {
      if (end + bytes.length > file.size()) {
        return false;
      }
      file.write(ByteBuffer.wrap(bytes), end);
    }
    end += bytes.length;
    sync.copied(path);
    return true;
  }

  /// Replaces all lines by these. If it fails, the old ones stay.
  public void replace(List<String> lines) throws IOException {
    var bytes = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    if (HEADER_BYTES + bytes.length > MAX_BYTES) {
      throw new IOException(
          "no more than %d bytes are reserved for skipped lines".formatted(MAX_BYTES));
    }
    int other = 1 - active;
    var path = files.get(other);
    var content = Arrays.copyOf(bytes, size(path, HEADER_BYTES + bytes.length) - HEADER_BYTES);
    Arrays.fill(content, bytes.length, content.length, (byte) '\n');
    try (var file = disk.openInPlace(path)) {
      file.write(ByteBuffer.wrap(content), HEADER_BYTES);
    }
    sync.copied(path);
    try (var file = disk.openInPlace(path)) {
      var header = "%016x\n".formatted(number + 1).getBytes(StandardCharsets.UTF_8);
      file.write(ByteBuffer.wrap(header), 0);
    }
    sync.copied(path);
    active = other;
    number++;
    end = (long) HEADER_BYTES + (lines.isEmpty() ? 0 : bytes.length);
  }

  /// Grows a file if less than half of it would be free. If the disk is full, the file stays at its
  /// present size.
  private int size(Path path, int needed) throws IOException {
    int size = content(path).length;
    int wanted = INITIAL_BYTES;
    while (wanted < Math.min(MAX_BYTES, 2 * needed)) {
      wanted *= 2;
    }
    if (wanted > size) {
      try (var file = disk.openForAppend(path)) {
        file.appendText("\n".repeat(wanted - size));
        size = wanted;
      } catch (IOException e) {
        size = content(path).length;
        if (size < needed) {
          throw e;
        }
      }
    }
    return size;
  }

  private byte[] content(Path path) throws IOException {
    if (disk.stat(path) == null) {
      try (var file = disk.create(path)) {
        file.appendText("\n".repeat(INITIAL_BYTES));
      }
      sync.copied(path);
      sync.renamed(path);
    }
    try (var file = disk.openForRead(path)) {
      return file.readFully(0, Math.toIntExact(file.size()));
    }
  }

  private static long number(byte[] content) {
    try {
      return content.length < HEADER_BYTES
          ? 0
          : Long.parseUnsignedLong(
              new String(content, 0, HEADER_BYTES - 1, StandardCharsets.ISO_8859_1).strip(), 16);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static List<String> lines(byte[] content) {
    int from = Math.min(HEADER_BYTES, content.length);
    var text = new String(content, from, content.length - from, StandardCharsets.UTF_8);
    return Arrays.stream(text.split("\n")).filter(line -> !line.isEmpty()).toList();
  }

  /// Offset of the last line feed that ends a line.
  private static int lastCharacter(byte[] content) {
    int at = content.length - 1;
    while (at >= 0 && content[at] == '\n') {
      at--;
    }
    return at + 1;
  }
}
