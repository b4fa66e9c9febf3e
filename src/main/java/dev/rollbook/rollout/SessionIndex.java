package dev.rollbook.rollout;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
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
    var line = new LinkedHashMap<String, @Nullable Object>();
    line.put("id", thread.toString());
    line.put("thread_name", name);
    line.put("updated_at", Timestamps.format(at));
    append(JSON.writeValueAsString(line) + "\n");
  }

  private void append(String line) throws IOException {
    var path = dataDir.sessionIndex();
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
