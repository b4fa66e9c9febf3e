package dev.rollbook.rollout;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
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
    } catch (IOException failed) {
      throw new InvalidConfigurationPropertyValueException(
          "rollbook.data-dir",
          dataDir,
          "it cannot be written ("
              + StorageFaults.shortCause(failed)
              + "): create it, or name another");
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
