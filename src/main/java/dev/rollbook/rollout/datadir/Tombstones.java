package dev.rollbook.rollout.datadir;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rollbook.access.Owner;
import dev.rollbook.lock.GroupCommit;
import dev.rollbook.lock.GroupCommit.Entry;
import dev.rollbook.memory.UuidSet;
import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.FileInput;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.rollout.line.LineSplitter;
import dev.rollbook.rollout.line.LineSplitter.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Durable tombstones of deleted threads, in `deleted.jsonl` of the data-dir. A deletion appends a
/// line. If a start, a fork or an import uses the id of a deleted thread again, it appends a line
/// that cancels the tombstone. Of several lines with the same id, only the last one is valid.
///
/// A method that writes a line returns after the line is on the disk. File and directory are
/// fsynced, regardless of `rollbook.rollout.sync`. Lines are written with group commit, so that
/// concurrent callers share one write and one fsync.
///
/// The ids of all deleted threads are in memory. Each takes about 25 bytes.
///
/// If other processes append to the file, it is never truncated, as that could remove their lines:
/// a refused deletion that is in the file all the same is cancelled by another line. What they have
/// appended is read by [#refresh], and before and after each line of this process.
@Component
public class Tombstones implements DeletedThreads {
  private static final Logger log = LoggerFactory.getLogger(Tombstones.class);
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String DELETED_AT = "deletedAt";
  private static final String LIFTED_AT = "liftedAt";
  private static final String TENANT = "tenant";
  private static final String OWNER = "owner";

  /// No line that Rollbook writes is longer.
  private static final int MAX_LINE_BYTES = 4096;

  private static final int CHUNK = 64 * 1024;

  private final Disk disk;
  private final Path path;
  private final UuidSet ids = new UuidSet();

  /// Ids of deleted threads that have an owner.
  @GuardedBy("ids")
  private final Map<Owner, UuidSet> owned = new HashMap<>();

  private final GroupCommit<Line, Line> lines = new GroupCommit<>(this::write);

  /// Held while the file is written; guards the fields below.
  private final ReentrantLock writing = new ReentrantLock();

  /// Size of the file up to the end of its last acknowledged line.
  private long committed;

  /// Whether torn or refused bytes may follow the acknowledged lines, and must be truncated.
  private boolean dirty;

  /// Why those bytes are not truncated yet; null if there are none.
  private volatile @Nullable String trouble;

  private boolean nameDurable;

  /// Deletions that were refused, though the file may have their lines; only if it is shared.
  private final List<Line> refused = new ArrayList<>();

  /// The last line that was read of each of these threads.
  private final Map<UUID, String> last = new HashMap<>();

  /// Lines that could not be read when the file was loaded.
  private long unreadable;

  private volatile Consumer<UUID> listener = thread -> {};

  /// Threads that were deleted since the file was loaded, if it has unreadable lines.
  @GuardedBy("ids")
  private final Set<UUID> deletedSince = new HashSet<>();

  /// Why a thread was deleted, or why its deletion was lifted.
  public enum Cause {
    REQUEST,
    RETENTION,
    START,
    FORK,
    IMPORT;

    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// @throws IllegalStateException if the file exists and cannot be read, because deleted threads
  ///   would come back
  Tombstones(Disk disk, DataDir dataDir) {
    this.disk = disk;
    this.path = dataDir.tombstones();
    try {
      load();
    } catch (IOException e) {
      throw new IllegalStateException(
          "%s cannot be read (%s): it lists deleted threads, which would come back without it"
              .formatted(path, StorageFaults.shortCause(e)),
          e);
    }
  }

  @Override
  public boolean contains(UUID thread) {
    synchronized (ids) {
      return ids.contains(thread);
    }
  }

  /// The owner of a deleted thread.
  public Owner ownerOf(ThreadId thread) {
    synchronized (ids) {
      return owned.entrySet().stream()
          .filter(entry -> entry.getValue().contains(thread.value()))
          .map(Map.Entry::getKey)
          .findFirst()
          .orElse(Owner.NONE);
    }
  }

  /// Whether a line that could not be read may have lifted the deletion.
  public boolean mayHaveBeenLifted(ThreadId thread) {
    synchronized (ids) {
      return unreadable > 0 && !deletedSince.contains(thread.value());
    }
  }

  public boolean isEmpty() {
    synchronized (ids) {
      return ids.size() == 0;
    }
  }

  /// Records that a thread was deleted.
  ///
  /// @throws IOException if that cannot be made durable; then the thread is not deleted
  public void add(ThreadId thread, Owner owner, Cause cause, Instant at) throws IOException {
    submit(thread, owner, DELETED_AT, cause, at);
  }

  /// Lifts a deletion, so that the id may be used again. Caller must have removed the old rollout,
  /// durably.
  ///
  /// @throws IOException if that cannot be made durable; then the thread stays deleted
  public void lift(ThreadId thread, Cause cause, Instant at) throws IOException {
    submit(thread, Owner.NONE, LIFTED_AT, cause, at);
  }

  /// Reads the lines that other processes have appended, if there may be any. Caller should own the
  /// thread of interest, so that no other process deletes it at the same time.
  @Override
  public void refresh() throws IOException {
    if (disk.isShared()) {
      writing.lock();
      try {
        IoRecovery.retryAfterInterrupt(this::readOn);
      } finally {
        writing.unlock();
      }
    }
  }

  /// Whether other processes delete threads.
  public boolean isShared() {
    return disk.isShared();
  }

  /// Retries the truncation of a refused line.
  public void repair() {
    if (trouble != null) {
      writing.lock();
      try {
        IoRecovery.retryAfterInterrupt(this::takeBack);
      } catch (IOException e) {
        trouble = StorageFaults.shortCause(e);
        log.debug("{} cannot be repaired yet", path, e);
      } finally {
        writing.unlock();
      }
    }
  }

  /// Why a refused deletion could still take effect after a crash; null if none could.
  public @Nullable String trouble() {
    return trouble;
  }

  /// Lines that wait for the next write.
  int queued() {
    return lines.waiting();
  }

  private void submit(ThreadId thread, Owner owner, String member, Cause cause, Instant at)
      throws IOException {
    var text = text(thread.value(), owner, member, cause, at);
    var line = new Line(thread.value(), owner, member.equals(DELETED_AT), at, text);
    IoRecovery.unwrapped(() -> lines.submit(line, line.text.length()));
  }

  private static String text(UUID thread, Owner owner, String member, Cause cause, Instant at) {
    var line = JSON.createObjectNode().put("threadId", thread.toString());
    line.put(member, Timestamps.format(at)).put("cause", cause.wireName());
    if (owner.tenant() != null) {
      line.put(TENANT, owner.tenant()).put(OWNER, owner.principal());
    }
    return JSON.writeValueAsString(line) + "\n";
  }

  private void write(Supplier<List<Entry<Line, Line>>> waiting) {
    writing.lock();
    try {
      var group = waiting.get();
      IoRecovery.wrapped(() -> write(group));
      group.forEach(entry -> entry.complete(() -> written(entry.request())));
    } finally {
      writing.unlock();
    }
  }

  private Line written(Line line) {
    // The lines of a shared file were applied when they were read, in their order.
    if (!disk.isShared()) {
      apply(line.thread, line.owner, line.deleted);
    }
    synchronized (ids) {
      if (unreadable > 0 && line.deleted) {
        deletedSince.add(line.thread);
      }
    }
    return line;
  }

  @Override
  public void onDeletion(Consumer<UUID> action) {
    this.listener = action;
  }

  private void apply(UUID thread, Owner owner, boolean deleted) {
    if (deleted) {
      listener.accept(thread);
    }
    synchronized (ids) {
      if (ids.contains(thread)) {
        owned.values().forEach(threads -> threads.remove(thread));
      }
      if (deleted) {
        ids.add(thread);
        if (owner.tenant() != null) {
          owned.computeIfAbsent(owner, none -> new UuidSet()).add(thread);
        }
      } else {
        ids.remove(thread);
      }
    }
  }

  private boolean write(List<Entry<Line, Line>> group) throws IOException {
    var added = group.stream().map(Entry::request).toList();
    try {
      return IoRecovery.retryAfterInterrupt(() -> append(added));
    } catch (IOException e) {
      trouble = StorageFaults.shortCause(e);
      IoRecovery.undo(e, () -> IoRecovery.retryAfterInterrupt(this::takeBack));
      throw e;
    }
  }

  private boolean append(List<Line> added) throws IOException {
    var text = added.stream().map(Line::text).collect(Collectors.joining());
    if (disk.isShared()) {
      cancelRefused();
      added.stream().filter(Line::deleted).forEach(refused::add);
      appendShared(text);
      forgetRefused();
    } else {
      appendAlone(text.getBytes(StandardCharsets.UTF_8));
    }
    dirty = false;
    trouble = null;
    return true;
  }

  private void appendShared(String text) throws IOException {
    try (var file = disk.openOrCreate(path)) {
      file.appendAll(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }
    readOn();
  }

  private void appendAlone(byte[] added) throws IOException {
    boolean isNew = disk.stat(path) == null;
    long end;
    try (var file = isNew ? disk.create(path) : disk.openForAppend(path)) {
      cutTo(committed, file);
      dirty = true;
      end = file.size() + added.length;
      file.appendAll(ByteBuffer.wrap(added));
      file.force();
    }
    if (isNew || !nameDurable) {
      disk.forceName(path);
      nameDurable = true;
    }
    committed = end;
  }

  private void cutTo(long size, DiskFile file) throws IOException {
    if (dirty && file.size() > size) {
      file.truncate(size);
    }
  }

  private boolean takeBack() throws IOException {
    if (disk.isShared()) {
      cancelRefused();
      trouble = null;
      return true;
    }
    return cutBack();
  }

  /// Cancels refused deletions that are in the file all the same, unless a later line says more.
  /// Once the file is open, a write whose outcome was unknown is in it, or never will be.
  private void cancelRefused() throws IOException {
    if (!refused.isEmpty() && disk.stat(path) != null) {
      disk.openForAppend(path).close();
      readOn();
      var lifted =
          refused.stream()
              .filter(line -> line.text.equals(last.get(line.thread)))
              .map(line -> text(line.thread, Owner.NONE, LIFTED_AT, Cause.REQUEST, line.at))
              .collect(Collectors.joining());
      if (!lifted.isEmpty()) {
        appendShared(lifted);
      }
    }
    forgetRefused();
  }

  private void forgetRefused() {
    refused.clear();
    last.clear();
  }

  /// Truncates the file to its acknowledged lines, durably, because a refused line would take
  /// effect after a crash.
  private boolean cutBack() throws IOException {
    if (disk.stat(path) != null) {
      try (var file = disk.openForAppend(path)) {
        cutTo(committed, file);
        file.force();
      }
    }
    dirty = false;
    trouble = null;
    return true;
  }

  /// Reads the lines behind those that are known.
  private boolean readOn() throws IOException {
    var state = disk.stat(path);
    if (state == null || state.size() <= committed) {
      return true;
    }
    long start = committed;
    try (var in = FileInput.open(disk, path, start)) {
      var read = new LineSplitter(in, CHUNK, MAX_LINE_BYTES);
      for (var kind = read.next(); kind != Kind.NONE; kind = read.next()) {
        if (read.ended()) {
          unreadable += kind == Kind.LINE && take(read.bytes()) ? 0 : 1;
          committed = start + read.position();
        }
      }
    }
    return true;
  }

  private void load() throws IOException {
    if (disk.stat(path) == null) {
      return;
    }
    unreadable = 0;
    committed = 0;
    readOn();
    if (unreadable > 0) {
      log.warn(
          "{}: {} unreadable lines ignored; a thread whose deletion is in one of them"
              + " may come back, and a thread whose id was reused according to one of them"
              + " counts as deleted: its rollout is moved to set_aside",
          path,
          unreadable);
    }
    if (disk.isShared()) {
      return;
    }
    // A killed process may have written the last lines without syncing them.
    dirty = true;
    trouble = "not synced since the start";
    repair();
  }

  private boolean take(byte[] line) {
    try {
      var entry = JSON.readTree(line);
      boolean deleted = entry.has(DELETED_AT);
      if (!deleted && !entry.has(LIFTED_AT)) {
        return line.length == 0;
      }
      var thread = ThreadId.parse(entry.path("threadId").asString("")).value();
      apply(thread, owner(entry), deleted);
      if (refused.stream().anyMatch(refusal -> refusal.thread.equals(thread))) {
        last.put(thread, new String(line, StandardCharsets.UTF_8) + "\n");
      }
      return true;
    } catch (JacksonException | IllegalArgumentException e) {
      log.debug("a line of {} cannot be read", path, e);
      return false;
    }
  }

  private static Owner owner(JsonNode entry) {
    return entry.path(TENANT).isString()
        ? new Owner(entry.path(TENANT).asString(), entry.path(OWNER).asString(null))
        : Owner.NONE;
  }

  /// @param deleted false if the line lifts a deletion
  private record Line(UUID thread, Owner owner, boolean deleted, Instant at, String text) {}
}
