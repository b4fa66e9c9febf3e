package dev.rollbook.rollout;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.stereotype.Component;

/// Stops the start with a clear word where the data-dir cannot be written or another process writes
/// to it, before anything else touches it.
///
/// What is made first is closed last: the lock goes when all that writes has gone.
@Component
public class DataDirCheck implements BeanFactoryPostProcessor, EnvironmentAware, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DataDirCheck.class);

  /// H2 opens these by itself, and would wait for ever for a FIFO.
  private static final List<String> STATE_DB = List.of("state-db.mv.db", "state-db.trace.db");

  private @Nullable DataDirLock lock;
  private Environment environment = new StandardEnvironment();

  @Override
  public void setEnvironment(Environment given) {
    this.environment = given;
  }

  @Override
  public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
    var dataDir =
        Binder.get(environment).bind("rollbook.data-dir", Path.class).orElse(Path.of("./data"));
    try {
      lock = DataDirLock.take(dataDir);
      LocalDisk.requireWritable(dataDir);
      for (var file : STATE_DB) {
        LocalDisk.requireFileOrNothing(dataDir.resolve(file));
      }
      warnIfOpenToOthers(dataDir);
    } catch (IOException failed) {
      throw new InvalidConfigurationPropertyValueException(
          "rollbook.data-dir",
          dataDir,
          "it cannot be written ("
              + StorageFaults.shortCause(failed)
              + "): create it, or name another");
    }
  }

  private static void warnIfOpenToOthers(Path dataDir) throws IOException {
    if (OwnerOnly.isOpenToOthers(dataDir)) {
      log.warn(
          "the data-dir {} is open to other users of this machine: chmod 700 it, and chmod -R"
              + " go-rwx what it holds from before",
          dataDir.toAbsolutePath().normalize());
    }
  }

  /// Where the service can be asked, for whoever finds the data-dir locked.
  public void listensOn(String address) {
    if (lock != null) {
      lock.listensOn(address);
    }
  }

  @Override
  public void close() throws IOException {
    if (lock != null) {
      lock.close();
    }
  }
}
