package dev.rollbook.rollout.datadir;

import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.LocalDisk;
import dev.rollbook.rollout.disk.OwnerOnly;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.stereotype.Component;

/// Lock of the data-dir: keeps a second process from writing to it for as long as this one lives.
///
/// It is taken before any other bean exists, and so released after all others are closed. The start
/// fails, saying what to do, if another process has it or the data-dir cannot be written.
///
/// It is a lock of the operating system, which ends with its process however that ends; the text in
/// the file is for people. The system releases a lock as soon as its process closes the file,
/// through whichever channel: `HELD` keeps this JVM from opening the file of a lock that it holds.
@Component
public class DataDirLock implements BeanFactoryPostProcessor, EnvironmentAware, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DataDirLock.class);
  private static final String NAME = "rollbook.lock";
  private static final Map<Object, DataDirLock> HELD = new ConcurrentHashMap<>();

  /// H2 opens these by itself, and would wait for ever for a FIFO.
  private static final List<String> STATE_DB = List.of("state-db.mv.db", "state-db.trace.db");

  private final String holder =
      "pid %d on host %s, since %s"
          .formatted(
              ProcessHandle.current().pid(), host(), Instant.now().truncatedTo(ChronoUnit.SECONDS));
  private Environment environment = new StandardEnvironment();
  private @Nullable Object directory;
  private LocalDisk.@Nullable LockFile file;

  @Override
  public void setEnvironment(Environment given) {
    this.environment = given;
  }

  @Override
  public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
    var dataDir =
        Binder.get(environment).bind("rollbook.data-dir", Path.class).orElse(Path.of("./data"));
    try {
      lock(dataDir);
      LocalDisk.requireWritable(dataDir);
      for (var name : STATE_DB) {
        LocalDisk.requireFileOrNothing(dataDir.resolve(name));
      }
      if (OwnerOnly.isOpenToOthers(dataDir)) {
        log.warn(
            "the data-dir {} is open to other users of this machine: chmod 700 it, and chmod -R"
                + " go-rwx what it holds from before",
            dataDir.toAbsolutePath().normalize());
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
  /// @throws DataDirInUseException if another process writes to it
  /// @throws IOException if it cannot be written
  synchronized void lock(Path dataDir) throws IOException {
    var key = LocalDisk.madeDirectory(dataDir);
    if (HELD.putIfAbsent(key, this) != null) {
      throw new DataDirInUseException(dataDir, "this very process, which has it open already");
    }
    directory = key;
    IoRecovery.closeOnFailure(
        this::close,
        () -> {
          var opened = LocalDisk.openToLock(dataDir.resolve(NAME));
          file = opened;
          if (!isLocked(opened, dataDir)) {
            throw new DataDirInUseException(dataDir, opened.content());
          }
          describe(holder);
          return opened;
        });
  }

  /// A file system without locks is used all the same; the operator is warned.
  private static boolean isLocked(LocalDisk.LockFile opened, Path dataDir) {
    try {
      return opened.tryLock();
    } catch (IOException | UnsupportedOperationException e) {
      log.warn(
          "the file system of the data-dir {} has no locks ({}): nothing keeps a second process"
              + " from writing to it, see to it that none is started",
          dataDir,
          e.getMessage());
      return true;
    }
  }

  /// Publishes the address of this service, for the message that a second process ends with.
  public void listensOn(String address) {
    describe(holder + ", listening on " + address);
  }

  /// The lock holds without the text.
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

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      log.debug("this host has no name", e);
      return "unknown";
    }
  }

  /// Another process writes to the data-dir.
  static final class DataDirInUseException extends RuntimeException {
    private final Path dataDir;
    private final String holder;

    /// @param holder as it described itself; blank where that is not known
    DataDirInUseException(Path dataDir, String holder) {
      var named = holder.isBlank() ? "a process that is not known" : holder.strip();
      super("the data-dir %s is in use by %s".formatted(dataDir, named), null, false, false);
      this.dataDir = dataDir.toAbsolutePath().normalize();
      this.holder = named;
    }

    String description() {
      return "The data-dir %s is in use by another Rollbook: %s.".formatted(dataDir, holder);
    }
  }

  /// Ends the start with a message that says who has the data-dir and what to do.
  static final class DataDirInUseAnalyzer extends AbstractFailureAnalyzer<DataDirInUseException> {
    @Override
    protected FailureAnalysis analyze(Throwable failure, DataDirInUseException cause) {
      return new FailureAnalysis(
          cause.description(),
          "Stop that one first, or give this one a data-dir of its own with --rollbook.data-dir."
              + " No file has to be removed: the lock ends with the process that holds it.",
          failure);
    }
  }
}
