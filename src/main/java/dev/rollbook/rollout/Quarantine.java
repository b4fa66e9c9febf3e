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

/// File with the unreadable lines of an imported rollout, beside that rollout. Each entry is a line
/// with a JSON object: line number in the source, cause, and the bytes. A source line of more than
/// 64 KB takes several entries, in order.
///
/// The file is created with the first entry. Caller must close it.
public final class Quarantine implements Closeable {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int MAX_PART_BYTES = 64 * 1024;

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

  /// @param line number in the source, from 1
  public void add(long line, String cause, RawLine raw) throws IOException {
    for (var part : raw.parts(MAX_PART_BYTES)) {
      var entry = entry(line, cause);
      var content = part.textOrBase64();
      entry.put(content.getKey(), content.getValue());
      write(entry);
    }
  }

  /// Records a run of NUL bytes by its position and length.
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
