package dev.rollbook.http;

import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.FaultyDisk;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/// Wraps the disk of the service in a [FaultyDisk].
@TestConfiguration
class FaultyDiskConfiguration {
  @Bean
  @Primary
  FaultyDisk faultyDisk(@Qualifier("disk") Disk disk) {
    return new FaultyDisk(disk);
  }
}
