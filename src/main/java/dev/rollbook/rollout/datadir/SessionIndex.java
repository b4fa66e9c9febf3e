package dev.rollbook.rollout.datadir;

import static java.util.stream.Collectors.joining;

import dev.rollbook.lock.GroupCommit;
import dev.rollbook.lock.GroupCommit.Entry;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.FileInput;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.rollout.line.LineSplitter;
import dev.rollbook.rollout.line.LineSplitter.Kind;
import dev.rollbook.text.Unicode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Reads and writes `session_index.jsonl`, in which Codex stores the names of threads.
///
/// If a thread has several lines, the last one is valid. Lines with a blank name, unreadable lines
/// and lines longer than 64 KB are ignored.
@Component
public class SessionIndex {
  private static final Logger log = LoggerFactory.getLogger(SessionIndex.class);
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int MAX_NAME_LENGTH = 1000;
  private static final int MAX_LINE_BYTES = 64 * 1024;

  private final Disk disk;
  private final DataDir dataDir;
  private final ReentrantLock lock = new ReentrantLock();
  private final GroupCommit<NewName, NewName> newNames = new GroupCommit<>(this::write);

  SessionIndex(Disk disk, DataDir dataDir) {
    this.disk = disk;
    this.dataDir = dataDir;
  }

  /// Adds a name to the index of the data-dir. The rollout has the name too, so a failed write
  /// loses nothing.
  public void named(ThreadId thread, @Nullable String name, Instant at) {
    var line = line(thread, name, at);
    newNames.submit(new NewName(thread, line), line.length());
  }

  /// A line for the index of the data-dir. Names of threads that start at the same time are written
  /// together, because opening the file takes longer than the write.
  private record NewName(ThreadId thread, String line) {}

  private void write(Supplier<List<Entry<NewName, NewName>>> waiting) {
    var group = waiting.get();
    var names = group.stream().map(Entry::request).toList();
    try {
      append(dataDir.sessionIndex(), names.stream().map(NewName::line).collect(joining()));
    } catch (IOException e) {
      for (var name : names) {
        log.warn(
            "name of thread {} cannot be written to session_index.jsonl, where Codex reads it: {}",
            name.thread(),
            StorageFaults.shortCause(e));
      }
    }
    group.forEach(entry -> entry.complete(entry::request));
  }

  /// All names in the index of the data-dir.
  public Map<ThreadId, Named> names() throws IOException {
    return read(disk, dataDir.sessionIndex());
  }

  /// Adds a name to the index of a Codex, unless the index has this name or a later one.
  ///
  /// @param at when the thread got the name; null if that is not known
  /// @return whether a line was added
  public boolean named(Path index, ThreadId thread, String name, @Nullable Instant at)
      throws IOException {
    var there = read(disk, index).get(thread);
    boolean older = at != null && (there == null || there.at().isBefore(at));
    if (there != null && (there.name().equals(name) || !older)) {
      return false;
    }
    append(index, line(thread, name, at == null ? Instant.EPOCH : at));
    return true;
  }

  private static String line(ThreadId thread, @Nullable String name, Instant at) {
    var line = JSON.createObjectNode().put("id", thread.toString()).put("thread_name", name);
    return JSON.writeValueAsString(line.put("updated_at", Timestamps.format(at))) + "\n";
  }

  private void append(Path path, String line) throws IOException {
    lock.lock();
    try (var file = disk.openOrCreate(path)) {
      file.appendText(line);
    } finally {
      lock.unlock();
    }
  }

  /// A name and its time.
  ///
  /// @param at the epoch if the line has none
  public record Named(String name, Instant at) {}

  /// The names in an index; empty if the file does not exist.
  public static Map<ThreadId, Named> read(Disk disk, Path index) throws IOException {
    var names = new HashMap<ThreadId, Named>();
    if (disk.stat(index) == null) {
      return names;
    }
    try (var in = FileInput.open(disk, index, 0)) {
      var lines = new LineSplitter(in, MAX_LINE_BYTES, MAX_LINE_BYTES);
      for (var kind = lines.next(); kind != Kind.NONE; kind = lines.next()) {
        if (kind == Kind.LINE && lines.bytes().length > 0) {
          take(new String(lines.bytes(), StandardCharsets.UTF_8), names);
        }
      }
    }
    return names;
  }

  private static void take(String line, Map<ThreadId, Named> names) {
    try {
      var entry = JSON.readTree(line);
      var id = ThreadId.parse(entry.path("id").asString(""));
      var name = Unicode.wellFormed(entry.path("thread_name").asString(""));
      if (!name.isBlank()) {
        var at = Timestamps.parse(entry.path("updated_at").asString(""), Instant.EPOCH);
        names.put(
            id, new Named(Unicode.cut(name, MAX_NAME_LENGTH), at.truncatedTo(ChronoUnit.MILLIS)));
      }
    } catch (JacksonException | IllegalArgumentException e) {
      log.debug("a line of session_index.jsonl has no thread id", e);
    }
  }
}
