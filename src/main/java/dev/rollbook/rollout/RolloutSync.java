package dev.rollbook.rollout;

import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.worker.BackgroundWorker;
import dev.rollbook.worker.Pause;
import dev.rollbook.worker.ShutdownPhase;
import dev.rollbook.worker.Workers;
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

/// Decides when bytes are forced to disk, and forces them in one regular pass where that is asked
/// for.
///
/// The pass has a platform thread of its own: a disk that hangs delays nothing but the pass.
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

  RolloutSync(Disk disk, DataDir dataDir, RolloutProperties properties, Workers workers) {
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

  /// A file was made whole and closed, of something that is still elsewhere: it may be forced with
  /// many others.
  void copied(Path file) throws IOException {
    switch (policy) {
      case EVERY_APPEND -> forceNow(null, file);
      case INTERVAL -> copies.add(file);
      case NEVER -> {}
    }
  }

  /// A file lies elsewhere now: what was written to it before is forced there.
  void moved(Path file) {
    if (policy == SyncPolicy.INTERVAL) {
      copies.add(file);
    }
  }

  /// Forces a file that may be closed, or about to be.
  void forceNow(@Nullable DiskFile open, Path file) throws IOException {
    try {
      if (open != null) {
        open.force();
        return;
      }
    } catch (ClosedChannelException closedMeanwhile) {
      // What was written through it is forced through another one.
    }
    try (var reopened = disk.openForRead(file)) {
      reopened.force();
    } catch (NoSuchFileException gone) {
      // A deleted rollout has nothing to lose; the next append tells that it is missing.
    }
  }

  /// A file was made, moved or removed: its name is durable only when its directory is.
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
  protected Duration step(Pause pause) {
    pass();
    return interval;
  }

  /// Forces all that was written since the last pass. What fails stays for the next one.
  void pass() {
    for (var writer : List.copyOf(written)) {
      written.remove(writer);
      attempt(writer::force, () -> written.add(writer));
    }
    for (var file : List.copyOf(copies)) {
      copies.remove(file);
      attempt(() -> forceNow(null, file), () -> copies.add(file));
    }
    for (var directory : List.copyOf(newNames)) {
      newNames.remove(directory);
      attempt(() -> forceNames(directory), () -> newNames.add(directory));
    }
  }

  private static void attempt(Force force, Runnable again) {
    try {
      force.run();
    } catch (IOException failed) {
      again.run();
      log.warn(
          "rollouts are not forced to disk: {}; what was acknowledged since is safe from a crash of"
              + " the process, not of the machine. Trying again.",
          failed.getMessage());
    } catch (RuntimeException | Error e) {
      again.run();
      throw e;
    }
  }

  /// A directory is known to be durable only when all above it are.
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

  /// A call that forces something to disk.
  private interface Force {
    void run() throws IOException;
  }
}
