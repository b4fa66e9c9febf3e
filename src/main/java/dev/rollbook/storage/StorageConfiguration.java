package dev.rollbook.storage;

import dev.rollbook.cluster.ClusterJobs;
import dev.rollbook.cluster.ClusterMembership;
import dev.rollbook.cluster.ThreadClaims;
import dev.rollbook.model.StartupException;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.LocalDisk;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.files.ChunkRepository;
import dev.rollbook.statedb.files.FileRepository;
import dev.rollbook.statedb.files.Replication;
import dev.rollbook.worker.WorkerFailures;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/// Defines the [Disk] of the service, as `rollbook.storage` says.
@Configuration(proxyBeanMethods = false)
class StorageConfiguration {
  private static final Logger log = LoggerFactory.getLogger(StorageConfiguration.class);
  private static final String SETTING = "rollbook.storage";

  @Bean
  static StorageSettingCheck storageSettingCheck(Environment environment) {
    return new StorageSettingCheck(environment);
  }

  @Bean
  @ConditionalOnProperty(name = SETTING, havingValue = "files", matchIfMissing = true)
  Disk disk(DataDir dataDir) {
    return new LocalDisk(dataDir.dataDir());
  }

  /// A service that uses the files ends their time as a copy. It must not start otherwise: the next
  /// run of the copy would take the files for its own.
  @Bean
  static SmartInitializingSingleton copyMarkerRemoval(Disk disk, DataDir dataDir) {
    return () -> {
      try {
        CopyMarker.remove(disk, dataDir.dataDir());
      } catch (IOException e) {
        throw new StartupException(
            "The marker of a copy, copied_from, cannot be removed from the files of the data-dir: "
                + StorageFaults.shortCause(e)
                + ".",
            "Make sure that the storage can be written, and start again.");
      }
    };
  }

  /// The beans of `rollbook.storage=database`.
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty(name = SETTING, havingValue = "database")
  static class InDatabase {
    @Bean
    FileClaims fileClaims() {
      return new FileClaims();
    }

    @Bean
    Disk disk(
        DataDir dataDir,
        FileRepository files,
        ChunkRepository chunks,
        ClusterMembership members,
        ThreadClaims threads,
        FileClaims claims,
        Clock clock,
        MeterRegistry registry) {
      var lanes = new AppendLanes(chunks, registry);
      var fence = WriteFence.of(members, threads);
      var database =
          new DatabaseDisk(dataDir.dataDir(), files, chunks, lanes, fence, clock, claims);
      return new RoutingDisk(dataDir, new LocalDisk(dataDir.dataDir()), database);
    }

    @Bean
    static SmartInitializingSingleton uncopiedRolloutsWarning(Disk disk, DataDir dataDir) {
      return () -> {
        try {
          warnOfUncopiedRollouts(disk, dataDir.dataDir());
        } catch (IOException e) {
          log.warn(
              "it is unknown whether the data-dir {} has rollouts that were not copied into the"
                  + " database: {}",
              dataDir.dataDir(),
              StorageFaults.shortCause(e));
        }
      };
    }

    private static void warnOfUncopiedRollouts(Disk disk, Path dataDir) throws IOException {
      if (new DataDirFiles(new LocalDisk(dataDir), dataDir).hasRollouts()
          && !new DataDirFiles(disk, dataDir).hasRollouts()) {
        log.warn(
            "the data-dir {} has rollouts, but the database has none, so their threads are missing;"
                + " stop this service, and run --rollbook.copy.from={} --rollbook.copy.to=database"
                + " with an empty database",
            dataDir,
            dataDir);
      }
    }

    /// The name of the bean is that of the component.
    @Bean("storage")
    StorageHealth storageHealth(
        ClusterMembership members, Replication replication, DatabaseStorageProperties properties) {
      return new StorageHealth(members, replication, properties);
    }

    @Bean
    DeletedFilePurge deletedFilePurge(
        FileRepository files,
        FileClaims claims,
        ClusterJobs jobs,
        ClusterMembership members,
        WorkerFailures workers) {
      return new DeletedFilePurge(files, claims, jobs, members.isSole(), workers);
    }
  }
}
