package dev.rollbook.rollout;

import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.line.RawLine;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// What could not be read of somebody else's rollout, kept beside the copy of it: JSON objects, one
/// a line, with the number of the line in the source, the cause, and the very bytes. More than 64
/// KB of one line are several objects, one behind the other.
///
/// The file is made when there is something to keep. To be closed.
public final class Quarantine implements Closeable {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int MOST = 64 * 1024;

  private final Disk disk;
  private final Path path;
  private @Nullable DiskFile file;

  Quarantine(Disk disk, Path path) {
    this.disk = disk;
    this.path = path;
  }

  static Path beside(Path rollout) {
    return rollout.resolveSibling(rollout.getFileName() + ".quarantine");
  }

  /// @param line of the source, from 1
  public void add(long line, String cause, RawLine raw) throws IOException {
    for (var part : raw.parts(MOST)) {
      var entry = entry(line, cause);
      var content = part.textOrBase64();
      entry.put(content.getKey(), content.getValue());
      write(entry);
    }
  }

  /// NUL bytes, of which nothing is worth keeping but where they were.
  public void addNuls(long line, long offset, long count) throws IOException {
    var entry = entry(line, "%d NUL bytes".formatted(count));
    entry.put("offset", offset);
    entry.put("nulBytes", count);
    write(entry);
  }

  private static Map<String, Object> entry(long line, String cause) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("line", line);
    entry.put("cause", cause);
    return entry;
  }

  private void write(Map<String, Object> entry) throws IOException {
    var text = JSON.writeValueAsString(entry) + "\n";
    opened().appendAll(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  private DiskFile opened() throws IOException {
    if (file == null) {
      file = disk.stat(path) == null ? disk.create(path) : disk.openForAppend(path);
    }
    return file;
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
