package dev.rollbook.rollout;

import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.LocalDisk;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Defines the [Disk] bean for the data-dir: the local file system.
@Configuration(proxyBeanMethods = false)
class DiskConfiguration {
  @Bean
  LocalDisk disk(DataDir dataDir) {
    return new LocalDisk(dataDir.dataDir());
  }
}
