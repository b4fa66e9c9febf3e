package dev.rollbook.storage;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rollbook.rollout.disk.FileState;
import dev.rollbook.rollout.disk.OutcomeUnknownException;
import dev.rollbook.rollout.disk.OwnershipLostException;
import dev.rollbook.statedb.files.ChunkRepository;
import dev.rollbook.statedb.files.FileOwner;
import dev.rollbook.statedb.files.FileRepository;
import dev.rollbook.statedb.files.FileRow;
import dev.rollbook.statedb.files.NewChunk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The claim of this process on a file: the only writer, which therefore knows the end of the file
/// without asking the database.
///
/// All handles of the file share it. Its lock is held during a write, so that a file has one write
/// at a time.
///
/// If the outcome of a write is unknown, the file is claimed again before anything else. That waits
/// for the old write if it still runs, and keeps it from being done later. The size then shows
/// whether it was done, or the bytes, if another process may have written since.
///
/// A file of no thread may be claimed by several processes in turn. An append that is refused, as
/// another process has claimed the file since, is repeated behind what that process has written.
final class FileClaim {
  private static final Logger log = LoggerFactory.getLogger(FileClaim.class);

  /// A longer append is written in parts.
  static final int MAX_CHUNK_BYTES = 1 << 20;

  private static final int ATTEMPTS = 3;

  /// Of appends to a file that other processes append to.
  private static final int SHARED_ATTEMPTS = 50;

  private static final long MAX_PAUSE_NANOS = 5_000_000;

  private final FileRepository files;
  private final ChunkRepository chunks;
  private final AppendLanes lanes;
  private final WriteFence fence;
  private final InstantSource clock;
  private final FileOwner owner;
  private final UUID key;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private long number;

  /// Acknowledged bytes.
  @GuardedBy("lock")
  private long size;

  @GuardedBy("lock")
  private Instant modified;

  /// Whether the outcome of the last write is unknown.
  @GuardedBy("lock")
  private boolean unsettled;

  /// Whether another process has claimed the file between two claims of this one.
  @GuardedBy("lock")
  private boolean writtenByOthers;

  /// What [dev.rollbook.rollout.disk.Disk#stat] returns; null while it is unknown.
  private volatile @Nullable FileState state;

  FileClaim(
      FileRepository files,
      ChunkRepository chunks,
      AppendLanes lanes,
      WriteFence fence,
      InstantSource clock,
      FileOwner owner,
      FileRow row) {
    this.files = files;
    this.chunks = chunks;
    this.lanes = lanes;
    this.fence = fence;
    this.clock = clock;
    this.owner = owner;
    this.key = row.key();
    this.number = row.claim();
    this.size = row.size();
    this.modified = row.modifiedAt();
    this.state = new FileState(key, row.size(), row.modifiedAt());
  }

  UUID key() {
    return key;
  }

  FileOwner owner() {
    return owner;
  }

  /// The state of the file; null if the database must be asked.
  @Nullable FileState state() {
    return owner.isShared() && fence.isShared() ? null : state;
  }

  /// The state was changed by a statement of somebody else, or may have been.
  void doubt() {
    lock.lock();
    try {
      unsettle();
    } finally {
      lock.unlock();
    }
  }

  /// The time of the last modification was changed in the database.
  void modifiedAt(Instant at) {
    lock.lock();
    try {
      modified = at;
      publish();
    } finally {
      lock.unlock();
    }
  }

  long size() throws IOException {
    lock.lock();
    try {
      settle();
      return size;
    } finally {
      lock.unlock();
    }
  }

  /// Appends up to [#MAX_CHUNK_BYTES], durably.
  int append(ByteBuffer bytes) throws IOException {
    lock.lock();
    try {
      var data = new byte[Math.min(bytes.remaining(), MAX_CHUNK_BYTES)];
      bytes.get(bytes.position(), data);
      fence.requireNotLost(owner);
      if (data.length > 0) {
        settle();
        append(data);
      }
      bytes.position(bytes.position() + data.length);
      return data.length;
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void append(byte[] data) throws IOException {
    int attempts = owner.isShared() ? SHARED_ATTEMPTS : ATTEMPTS;
    for (int attempt = 1; ; attempt++) {
      var at = now();
      long end = size + data.length;
      if (isStored(new NewChunk(key, number, size, data, at), attempt == attempts)) {
        grown(end, at);
        return;
      }
      long before = size;
      if (owner.isShared()) {
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(MAX_PAUSE_NANOS));
      }
      settle();
      if (attempt == attempts) {
        throw new IOException("the database refused the write, though the file is as expected");
      }
      log.debug("file {}: an append at {} is repeated at {}", key, before, size);
    }
  }

  /// Whether the bytes were stored, also if the answer of the database was lost. False if they were
  /// not and may be written again.
  @GuardedBy("lock")
  private boolean isStored(NewChunk chunk, boolean isLastAttempt) throws IOException {
    try {
      boolean stored = lanes.append(chunk);
      if (!stored) {
        unsettle();
      }
      return stored;
    } catch (RuntimeException e) {
      unsettle();
      throw new OutcomeUnknownException(e);
    } catch (IOException e) {
      unsettle();
      try {
        settle();
      } catch (OwnershipLostException lost) {
        if (isInFile(chunk)) {
          return true;
        }
        throw lost;
      } catch (IOException failed) {
        e.addSuppressed(failed);
        throw unsettled ? new OutcomeUnknownException(e) : e;
      }
      if (writtenByOthers) {
        return isInFile(chunk);
      }
      if (size != chunk.end() && (isLastAttempt || size != chunk.start())) {
        throw e;
      }
      return size == chunk.end();
    }
  }

  /// Whether the file has the bytes where they should be. Nobody else has written the same ones: a
  /// line has its time.
  @GuardedBy("lock")
  private boolean isInFile(NewChunk chunk) throws IOException {
    var stored = new ByteArrayOutputStream(chunk.length());
    for (var part : chunks.read(key, chunk.start(), chunk.length())) {
      stored.writeBytes(part);
    }
    return Arrays.equals(stored.toByteArray(), chunk.data());
  }

  /// @throws IOException if another process has appended to the file since it was opened here
  void truncate(long wanted) throws IOException {
    lock.lock();
    try {
      fence.requireNotLost(owner);
      settle();
      if (wanted < size) {
        requireNotWrittenByOthers();
        var at = now();
        // If the outcome is unknown, no more bytes than these are expected.
        size = wanted;
        unsettle();
        if (files.truncate(key, number, wanted, at)) {
          settled();
          modifiedAt(at);
        } else {
          settle();
          truncate(wanted);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void requireNotWrittenByOthers() throws IOException {
    if (writtenByOthers) {
      throw new IOException("another process has written the file");
    }
  }

  void write(ByteBuffer bytes, long position) throws IOException {
    lock.lock();
    try {
      fence.requireNotLost(owner);
      settle();
      var data = new byte[bytes.remaining()];
      bytes.get(bytes.position(), data);
      var at = now();
      unsettle();
      if (!files.write(key, number, position, data, at)) {
        throw new IOException("bytes beyond the end of the file cannot be replaced");
      }
      settled();
      bytes.position(bytes.limit());
      modifiedAt(at);
    } finally {
      lock.unlock();
    }
  }

  /// Finds out what the database has, if that is unknown.
  ///
  /// @throws NoSuchFileException if the file was deleted
  /// @throws AcknowledgedLostException if acknowledged bytes are missing; the next call goes on at
  ///   the end that was found
  @GuardedBy("lock")
  private void settle() throws IOException {
    if (!unsettled) {
      return;
    }
    var row = files.claimAgain(key, owner).orElse(null);
    if (row == null) {
      fence.requireHeld(owner);
      throw new NoSuchFileException(key.toString(), null, "it was deleted");
    }
    long acknowledged = size;
    writtenByOthers |= owner.isShared() && row.claim() > number + 1;
    number = row.claim();
    size = row.size();
    modified = row.modifiedAt();
    settled();
    if (size < acknowledged && !writtenByOthers) {
      throw new AcknowledgedLostException(String.valueOf(row.path()), acknowledged, size);
    }
  }

  @GuardedBy("lock")
  private void grown(long end, Instant at) {
    size = Math.max(size, end);
    modified = at;
    publish();
  }

  @GuardedBy("lock")
  private void unsettle() {
    unsettled = true;
    state = null;
  }

  @GuardedBy("lock")
  private void settled() {
    unsettled = false;
    publish();
  }

  @GuardedBy("lock")
  private void publish() {
    state = unsettled ? null : new FileState(key, size, modified);
  }

  /// With the precision of the database.
  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
