package dev.rollbook.rollout;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// What could not be read of somebody else's rollout, kept beside the copy of it: a JSON object a
/// line, with the number of the line, the cause, and the very bytes.
///
/// The file is made when there is something to keep. To be closed.
public final class Quarantine implements Closeable {
  private static final JsonMapper JSON = JsonMapper.shared();

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
  public void add(long line, String cause, byte[] bytes) throws IOException {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("line", line);
    entry.put("cause", cause);
    try {
      entry.put(
          "text", StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException notText) {
      entry.put("base64", Base64.getEncoder().encodeToString(bytes));
    }
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
