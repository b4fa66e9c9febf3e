package dev.rollbook.rollout;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/// Names of threads in `session_index.jsonl`, where Codex looks for them.
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

  /// All names that are told there.
  public Map<ThreadId, NameLines.Named> names() throws IOException {
    return NameLines.read(disk, dataDir.sessionIndex());
  }

  /// Tells the Codex whose index it is, unless that has the name, or got a later one.
  ///
  /// @param at when the thread got the name; null where that is not known
  /// @return whether it was told now
  public boolean named(Path index, ThreadId thread, String name, @Nullable Instant at)
      throws IOException {
    var there = NameLines.read(disk, index).get(thread);
    boolean older = at != null && (there == null || there.at().isBefore(at));
    if (there != null && (there.name().equals(name) || !older)) {
      return false;
    }
    append(index, line(thread, name, at == null ? Instant.EPOCH : at));
    return true;
  }

  private static String line(ThreadId thread, @Nullable String name, Instant at) {
    var line = new LinkedHashMap<String, @Nullable Object>();
    line.put("id", thread.toString());
    line.put("thread_name", name);
    line.put("updated_at", Timestamps.format(at));
    return JSON.writeValueAsString(line) + "\n";
  }

  private void append(Path path, String line) throws IOException {
    var bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    lock.lock();
    try (var file = disk.stat(path) == null ? disk.create(path) : disk.openForAppend(path)) {
      file.appendAll(bytes);
    } finally {
      lock.unlock();
    }
  }
}
