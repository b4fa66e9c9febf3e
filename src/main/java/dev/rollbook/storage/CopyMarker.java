package dev.rollbook.storage;

import dev.rollbook.model.StartupException;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.FileInput;
import dev.rollbook.rollout.disk.FileState;
import dev.rollbook.rollout.disk.IoRecovery;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// File in the target of a copy, `copied_from`. It names the source, and lists each file that a
/// copy from there has written, with its size and time.
///
/// Only a file that is as listed may be changed by a later run. A file is listed before its first
/// byte is written; from then until the copy is complete, it may have any size and time. A service
/// that starts removes the marker, so that nothing of the target is changed any more.
///
/// Used by one thread.
final class CopyMarker implements Closeable {
  private static final String NAME = "copied_from";
  private static final String WRITING = "writing ";
  private static final String DELETED = "deleted ";
  private static final Pattern COPIED = Pattern.compile("copied (\\d+) (-?\\d+) (.+)");

  /// State of a file whose copy is not complete.
  private static final Listed INCOMPLETE = new Listed(-1, 0);

  private final DataDirFiles target;
  private final String source;
  private final Path path;
  private final Map<String, Listed> files = new HashMap<>();
  private final StringBuilder unwritten = new StringBuilder();
  private long end;
  private @Nullable DiskFile file;

  private record Listed(long size, long modifiedMillis) {
    static Listed of(FileState state) {
      return new Listed(state.size(), state.modified().toEpochMilli());
    }
  }

  private CopyMarker(DataDirFiles target, String source) {
    this.target = target;
    this.source = escaped(source);
    this.path = target.dataDir().resolve(NAME);
  }

  /// Reads the marker of a target, and changes nothing. A marker without a complete first line,
  /// left by a crash, counts as missing.
  ///
  /// @param source identity of the source, which people can read
  /// @throws StartupException if the target is a copy of another source
  static CopyMarker open(DataDirFiles target, String source) throws IOException {
    var marker = new CopyMarker(target, source);
    if (target.stat(marker.path) != null) {
      marker.read();
    }
    return marker;
  }

  private void read() throws IOException {
    try (var opened = target.disk().openForRead(path)) {
      end = opened.afterLast(0, opened.size(), character -> character == '\n');
      var input = new BufferedInputStream(new FileInput(opened, 0, end), DiskFile.CHUNK_BYTES);
      try (var lines = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8))) {
        var earlier = lines.readLine();
        if (earlier != null && !earlier.equals(source)) {
          throw new StartupException(
              "The target has the files of an earlier copy from %s, but the source is %s."
                  .formatted(earlier, source),
              "Copy from there again, or choose an empty target.");
        }
        IoRecovery.unwrapped(() -> {
          lines.lines().forEach(this::read);
          return true;
        });
      }
    }
  }

  /// A line that cannot be read lists nothing.
  private void read(String line) {
    var copied = COPIED.matcher(line);
    if (copied.matches()) {
      files.put(
          copied.group(3),
          new Listed(Long.parseLong(copied.group(1)), Long.parseLong(copied.group(2))));
    } else if (line.startsWith(WRITING)) {
      files.put(line.substring(WRITING.length()), INCOMPLETE);
    } else if (line.startsWith(DELETED)) {
      files.remove(line.substring(DELETED.length()));
    }
  }

  /// Creates the marker if it is missing. Must be called before the target is changed.
  void begin() throws IOException {
    var disk = target.disk();
    boolean present = target.stat(path) != null;
    var opened = present ? disk.openForAppend(path) : disk.create(path);
    file = opened;
    opened.truncate(end);
    if (end == 0) {
      add(source);
    }
    write();
    disk.forceName(path);
  }

  /// Whether a copy has written the file, in whatever state it is now.
  boolean lists(Path copy) {
    return files.containsKey(name(copy));
  }

  /// @throws StartupException if the file is not as a copy has left it
  void requireAsCopied(Path copy, FileState state) {
    var listed = files.get(name(copy));
    if (!INCOMPLETE.equals(listed) && !Listed.of(state).equals(listed)) {
      throw new StartupException(
          "The file %s in the target was not written by this copy, or was changed since."
              .formatted(copy),
          "Move the file out of the target, or choose an empty target: nothing is overwritten.");
    }
  }

  /// Lists files that are written from now on; durable when it returns.
  void writing(List<Path> copies) throws IOException {
    for (var copy : copies) {
      files.put(name(copy), INCOMPLETE);
      add(WRITING + name(copy));
    }
    write();
  }

  /// The copy of a file is complete. Not durable at once: if the line is lost, the file counts as
  /// incomplete.
  void copied(Path copy, FileState state) {
    var listed = Listed.of(state);
    files.put(name(copy), listed);
    add("copied %d %d %s".formatted(listed.size(), listed.modifiedMillis(), name(copy)));
  }

  void deleted(Path copy) {
    files.remove(name(copy));
    add(DELETED + name(copy));
  }

  private void add(String line) {
    unwritten.append(line).append('\n');
  }

  /// After a failure, nothing more is written: the marker may end with a part of a line.
  private void write() throws IOException {
    var text = unwritten.toString();
    unwritten.setLength(0);
    if (!text.isEmpty()) {
      var opened = Objects.requireNonNull(file, "not begun");
      opened.appendText(text);
      opened.force();
    }
  }

  private String name(Path copy) {
    return escaped(target.dataDir().relativize(copy).toString());
  }

  /// The name of a file may contain line breaks.
  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      try (var closing = file) {
        write();
        closing.force();
      }
    }
  }

  /// A service uses the files from now on; durable when it returns.
  static void remove(Disk disk, Path dataDir) throws IOException {
    var path = dataDir.resolve(NAME);
    if (disk.stat(path) != null) {
      disk.delete(path);
      disk.forceName(path);
    }
  }
}
