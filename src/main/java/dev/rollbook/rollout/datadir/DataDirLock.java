package dev.rollbook.rollout.datadir;

import dev.rollbook.model.StartupException;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.LocalDisk;
import dev.rollbook.rollout.disk.OwnerOnlyFiles;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.stereotype.Component;

/// Process lock of the data-dir: keeps a second process from writing to it.
///
/// The lock is acquired before any other bean exists, and released after all other beans are
/// closed. If another process holds the lock, or if the data-dir cannot be written, the start fails
/// with a message that says what to do.
///
/// The lock is a file lock of the operating system, so it ends with its process, even after a kill.
/// The text in the file, `rollbook.lock`, is only for people. The operating system releases the
/// lock as soon as this process closes any channel to the file. Therefore this JVM must not open
/// the file twice. `HELD` contains the data-dirs that this JVM has locked, and an attempt to lock
/// one of them again fails.
@Component
public class DataDirLock
    implements BeanFactoryPostProcessor, EnvironmentAware, ProcessLock, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DataDirLock.class);
  private static final String NAME = "rollbook.lock";
  private static final Map<Object, DataDirLock> HELD = new ConcurrentHashMap<>();

  /// Files that H2 opens by itself. If one were a FIFO, H2 would block forever.
  private static final List<String> STATE_DB = List.of("state-db.mv.db", "state-db.trace.db");

  private final String holder = ProcessLock.describeProcess();
  private Environment environment = new StandardEnvironment();
  private @Nullable Object directory;
  private LocalDisk.@Nullable LockFile file;

  @Override
  public void setEnvironment(Environment given) {
    this.environment = given;
  }

  @Override
  public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
    var dataDir = DataDir.of(environment).dataDir();
    try {
      lock(dataDir);
      LocalDisk.requireWritable(dataDir);
      for (var name : STATE_DB) {
        LocalDisk.requireFileOrNothing(dataDir.resolve(name));
      }
      if (OwnerOnlyFiles.isOpenToOthers(dataDir)) {
        log.warn(
            "the data-dir {} is open to other users of this machine; run: chmod -R go-rwx {}",
            dataDir,
            dataDir);
      }
    } catch (IOException e) {
      throw new InvalidConfigurationPropertyValueException(
          "rollbook.data-dir",
          dataDir,
          "it cannot be written (" + StorageFaults.shortCause(e) + "): create it, or name another");
    }
  }

  /// Creates the directory if it is missing, and locks it.
  ///
  /// @throws StartupException if another process writes to it
  /// @throws IOException if it cannot be written
  synchronized void lock(Path dataDir) throws IOException {
    var key = LocalDisk.madeDirectory(dataDir);
    if (HELD.putIfAbsent(key, this) != null) {
      throw inUse(dataDir, "this very process, which has it open already");
    }
    directory = key;
    IoRecovery.closeOnFailure(
        this::close,
        () -> {
          var opened = LocalDisk.openToLock(dataDir.resolve(NAME));
          file = opened;
          if (!isLocked(opened, dataDir)) {
            throw inUse(dataDir, opened.content());
          }
          describe(holder);
          return opened;
        });
  }

  /// A file system without locks is accepted, with a WARN.
  private static boolean isLocked(LocalDisk.LockFile opened, Path dataDir) {
    try {
      return opened.tryLock();
    } catch (IOException | UnsupportedOperationException e) {
      log.warn(
          "the file system of the data-dir {} has no locks ({}): a second process could write to"
              + " it; make sure that none is started",
          dataDir,
          e.getMessage());
      return true;
    }
  }

  @Override
  public void listensOn(String address) {
    describe(holder + ", listening on " + address);
  }

  /// Writes the text to the lock file. A failure is only logged, because the lock works without the
  /// text.
  private synchronized void describe(String text) {
    try {
      if (file != null) {
        file.write(text);
      }
    } catch (IOException e) {
      log.debug("the holder of the data-dir cannot be written to its lock file", e);
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
      if (directory != null) {
        HELD.remove(directory, this);
      }
    }
  }

  /// @param other text that the other process wrote to the lock file; blank if unknown
  private static StartupException inUse(Path dataDir, String other) {
    return new StartupException(
        "The data-dir %s is in use by another Rollbook: %s."
            .formatted(
                dataDir.toAbsolutePath().normalize(),
                other.isBlank() ? "a process that is not known" : other.strip()),
        "Stop that one first, or give this one a data-dir of its own with --rollbook.data-dir."
            + " No file has to be removed: the lock ends with the process that holds it.");
  }
}
