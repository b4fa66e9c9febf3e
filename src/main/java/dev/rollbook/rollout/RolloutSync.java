package dev.rollbook.rollout;

import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.worker.BackgroundWorker;
import dev.rollbook.worker.ShutdownPhase;
import dev.rollbook.worker.WorkerFailures;
import dev.rollbook.worker.WorkerSignal;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Decides when written bytes of rollouts are fsynced ([SyncPolicy]). With `interval`, this
/// background worker fsyncs them.
///
/// The worker has its own platform thread, so that a hanging disk blocks nothing else.
@Component
final class RolloutSync extends BackgroundWorker {
  private static final Logger log = LoggerFactory.getLogger(RolloutSync.class);

  private final Disk disk;
  private final Path dataDir;
  private final SyncPolicy policy;
  private final Duration interval;
  private final Set<RolloutWriter> written = ConcurrentHashMap.newKeySet();
  private final Set<Path> copies = ConcurrentHashMap.newKeySet();
  private final Set<Path> newNames = ConcurrentHashMap.newKeySet();
  private final Set<Path> durableDirectories = ConcurrentHashMap.newKeySet();

  RolloutSync(Disk disk, DataDir dataDir, RolloutProperties properties, WorkerFailures workers) {
    super("rollout-sync", ShutdownPhase.ROWS, Thread.ofPlatform().daemon(), workers);
    this.interval = properties.syncInterval();
    this.disk = disk;
    this.dataDir = dataDir.dataDir();
    this.policy = properties.sync();
  }

  boolean everyAppend() {
    return policy == SyncPolicy.EVERY_APPEND;
  }

  void wrote(RolloutWriter writer) {
    if (policy == SyncPolicy.INTERVAL) {
      written.add(writer);
    }
  }

  /// Called when a copy is complete. Its source still exists, so that the copy may be synced later,
  /// together with others.
  void copied(Path file) throws IOException {
    switch (policy) {
      case EVERY_APPEND -> forceNow(null, file);
      case INTERVAL -> copies.add(file);
      case NEVER -> {}
    }
  }

  /// Called after a move: bytes that were written before are synced at the new path.
  void moved(Path file) {
    if (policy == SyncPolicy.INTERVAL) {
      copies.add(file);
    }
  }

  /// Syncs a file that may be closed, or that another thread may close during the call.
  void forceNow(@Nullable DiskFile open, Path file) throws IOException {
    try {
      if (open != null) {
        open.force();
        return;
      }
    } catch (ClosedChannelException e) {
      // Another file handle of the same file syncs these bytes, too.
    }
    try (var reopened = disk.openForRead(file)) {
      reopened.force();
    } catch (NoSuchFileException e) {
      // A deleted rollout need not be synced; the next append reports that it is missing.
    }
  }

  /// Called after a file was created, moved or removed. Such a change is durable only after an
  /// fsync of the directory.
  void renamed(Path file) throws IOException {
    switch (policy) {
      case EVERY_APPEND -> forceNames(Disk.directoryOf(file));
      case INTERVAL -> newNames.add(Disk.directoryOf(file));
      case NEVER -> {}
    }
  }

  @Override
  public boolean isAutoStartup() {
    return policy == SyncPolicy.INTERVAL;
  }

  @Override
  protected Duration step(WorkerSignal signal) {
    pass();
    return interval;
  }

  /// Syncs everything written since the last pass. Files that fail are retried in the next pass.
  void pass() {
    forceAll(written, RolloutWriter::force);
    forceAll(copies, file -> forceNow(null, file));
    forceAll(newNames, this::forceNames);
  }

  private static <T> void forceAll(Set<T> pending, Force<T> force) {
    for (var next : List.copyOf(pending)) {
      pending.remove(next);
      try {
        force.run(next);
      } catch (IOException e) {
        pending.add(next);
        log.warn(
            "fsync of rollouts failed: {}; retrying. Until it succeeds, acknowledged items survive a"
                + " crash of the process, but not of the machine",
            e.getMessage());
      } catch (RuntimeException | Error e) {
        pending.add(next);
        throw e;
      }
    }
  }

  /// A directory is durable only when all directories above it are.
  private void forceNames(Path directory) throws IOException {
    disk.forceDirectory(directory);
    var made = new ArrayList<Path>();
    for (var next = directory;
        !next.equals(dataDir) && !durableDirectories.contains(next);
        next = Disk.directoryOf(next)) {
      disk.forceDirectory(Disk.directoryOf(next));
      made.add(next);
    }
    durableDirectories.addAll(made);
  }

  /// An operation that syncs something to the disk.
  private interface Force<T> {
    void run(T target) throws IOException;
  }
}
