package dev.rollbook.rollout;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.stereotype.Component;

/// Removes what a crash left of copies, before the first new one begins.
@Component
final class UnfinishedCopies implements SmartInitializingSingleton {
  private static final Logger log = LoggerFactory.getLogger(UnfinishedCopies.class);

  private final Disk disk;
  private final DataDir dataDir;

  UnfinishedCopies(Disk disk, DataDir dataDir) {
    this.disk = disk;
    this.dataDir = dataDir;
  }

  @Override
  public void afterSingletonsInstantiated() {
    try (var left = disk.walk(dataDir.unfinished())) {
      for (Path file : left.toList()) {
        disk.delete(file);
      }
    } catch (IOException | UncheckedIOException failed) {
      log.warn(
          "unfinished copies of rollouts in {} could not be removed: {}",
          dataDir.unfinished(),
          StorageFaults.shortCause(failed));
    }
  }
}
