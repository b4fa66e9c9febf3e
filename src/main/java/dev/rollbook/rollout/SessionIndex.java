package dev.rollbook.rollout;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Names of threads in `session_index.jsonl`, where Codex looks for them. The last line of a thread
/// wins.
@Component
public class SessionIndex {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Disk disk;
  private final DataDir dataDir;
  private final ReentrantLock lock = new ReentrantLock();

  SessionIndex(Disk disk, DataDir dataDir) {
    this.disk = disk;
    this.dataDir = dataDir;
  }

  public void named(ThreadId thread, @Nullable String name, Instant at) throws IOException {
    append(dataDir.sessionIndex(), line(thread, name, at));
  }

  /// Tells the Codex whose index it is, unless that is what it was told last.
  ///
  /// @return whether it was told now
  public boolean named(Path index, ThreadId thread, String name, Instant at) throws IOException {
    if (name.equals(last(index, thread))) {
      return false;
    }
    append(index, line(thread, name, at));
    return true;
  }

  private static String line(ThreadId thread, @Nullable String name, Instant at) {
    var line = new LinkedHashMap<String, @Nullable Object>();
    line.put("id", thread.toString());
    line.put("thread_name", name);
    line.put("updated_at", Timestamps.format(at));
    return JSON.writeValueAsString(line) + "\n";
  }

  private @Nullable String last(Path index, ThreadId thread) throws IOException {
    if (disk.stat(index) == null) {
      return null;
    }
    String name = null;
    try (var in = OtherHomes.open(disk, index);
        var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        var entry = entry(line, thread);
        name = entry.isMissingNode() ? name : entry.path("thread_name").asString("");
      }
    }
    return name;
  }

  private static JsonNode entry(String line, ThreadId thread) {
    try {
      var entry = line.contains(thread.toString()) ? JSON.readTree(line) : JSON.missingNode();
      return entry.path("id").asString("").equals(thread.toString()) ? entry : JSON.missingNode();
    } catch (JacksonException unreadable) {
      return JSON.missingNode();
    }
  }

  private void append(Path path, String line) throws IOException {
    var bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    lock.lock();
    try (var file = disk.stat(path) == null ? disk.create(path) : disk.openForAppend(path)) {
      while (bytes.hasRemaining()) {
        file.append(bytes);
      }
    } finally {
      lock.unlock();
    }
  }
}
