package dev.rollbook.http;

import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.FaultyDisk;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/// Replaces the disk with a [FaultyDisk].
@TestConfiguration
class FaultyDiskConfiguration {
  @Bean
  @Primary
  FaultyDisk faultyDisk(DataDir dataDir) {
    return new FaultyDisk(dataDir);
  }
}
