package dev.rollbook.rollout;

import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.line.RawLine;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// File beside a rollout, with the lines that its import could not read. Each entry is a line with
/// a JSON object: the line number in the source file, the cause, and the bytes. A line of more than
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
      var content = part.textOrBase64();
      write(entry(line, cause).put(content.getKey(), content.getValue()));
    }
  }

  /// Records a run of NUL bytes by its position and length.
  public void addNuls(long line, long offset, long count) throws IOException {
    var entry = entry(line, "%d NUL bytes".formatted(count));
    write(entry.put("offset", offset).put("nulBytes", count));
  }

  private static ObjectNode entry(long line, String cause) {
    return JSON.createObjectNode().put("line", line).put("cause", cause);
  }

  private void write(ObjectNode entry) throws IOException {
    if (file == null) {
      file = disk.openOrCreate(path);
    }
    file.appendText(JSON.writeValueAsString(entry) + "\n");
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
