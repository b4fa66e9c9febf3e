package dev.rollbook.rollout;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a second process from writing to the data-dir, for as long as this one lives.
///
/// The lock is the system's, so that it ends with its process however that ends; what the file says
/// is for people. The system gives a lock up when its process closes the file, whichever channel of
/// it: so nobody in this JVM may open the file once it is locked, which `HELD` sees to.
public final class DataDirLock implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DataDirLock.class);
  private static final String NAME = "rollbook.lock";
  private static final String THIS_PROCESS = "this very process, which has it open already";
  private static final Map<Object, DataDirLock> HELD = new ConcurrentHashMap<>();

  private final Object directory;
  private final String holder;
  private @Nullable LockedFile file;

  private DataDirLock(Object directory) {
    this.directory = directory;
    this.holder =
        "pid %d on host %s, since %s"
            .formatted(
                ProcessHandle.current().pid(),
                host(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS));
  }

  /// Makes the directory if need be, and locks it.
  ///
  /// @throws DataDirInUseException if somebody else writes to it
  /// @throws IOException if it cannot be written
  static DataDirLock take(Path dataDir) throws IOException {
    var lock = new DataDirLock(LocalDisk.madeDirectory(dataDir));
    if (HELD.putIfAbsent(lock.directory, lock) != null) {
      throw new DataDirInUseException(dataDir, THIS_PROCESS);
    }
    try {
      lock.lock(dataDir);
      return lock;
    } catch (IOException | RuntimeException failed) {
      lock.close();
      throw failed;
    }
  }

  private void lock(Path dataDir) throws IOException {
    var opened = LocalDisk.openToLock(dataDir.resolve(NAME));
    file = opened;
    if (isLocked(opened, dataDir)) {
      describe(holder);
    } else {
      throw new DataDirInUseException(dataDir, opened.content());
    }
  }

  /// A file system that knows no locks is used all the same: the operator is told.
  private static boolean isLocked(LockedFile opened, Path dataDir) {
    try {
      return opened.tryLock();
    } catch (IOException | UnsupportedOperationException unknown) {
      log.warn(
          "the file system of the data-dir {} has no locks ({}): nothing keeps a second process"
              + " from writing to it, see to it that none is started",
          dataDir,
          unknown.getMessage());
      return true;
    }
  }

  /// Where the holder can be asked, for the message that a second process ends with.
  public void listensOn(String address) {
    describe(holder + ", listening on " + address);
  }

  /// The lock holds without it.
  private synchronized void describe(String text) {
    try {
      if (file != null) {
        file.write(text);
      }
    } catch (IOException failed) {
      log.debug("the holder of the data-dir cannot be written down", failed);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    try {
      if (file != null) {
        file.close();
      }
    } finally {
      file = null;
      HELD.remove(directory, this);
    }
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException unnamed) {
      log.debug("this host has no name", unnamed);
      return "unknown";
    }
  }

  /// The open file under the seam to the file system.
  interface LockedFile extends AutoCloseable {
    /// False if another process has it.
    boolean tryLock() throws IOException;

    void write(String text) throws IOException;

    /// What the holder wrote; empty where nothing can be read.
    String content();

    @Override
    void close() throws IOException;
  }
}
