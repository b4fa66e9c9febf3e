package dev.rollbook.storage;

import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.StartupException;
import dev.rollbook.rollout.RolloutStorageStatus;
import dev.rollbook.rollout.datadir.DataDirLock;
import dev.rollbook.rollout.datadir.ProcessLock;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.statedb.files.ChunkRepository;
import dev.rollbook.statedb.files.DatabaseIdentity;
import dev.rollbook.statedb.files.FileDatabase;
import dev.rollbook.statedb.files.FileRepository;
import dev.rollbook.statedb.files.LeaseRepository;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.data.jdbc.autoconfigure.DataJdbcRepositoriesAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.core.env.Environment;

/// The database of a copy: the package `statedb` with the settings of the service, and nothing else
/// of it but the lock of the data-dir, if that is the target.
final class CopyDatabase implements AutoCloseable {
  private final ConfigurableApplicationContext context;
  private final @Nullable StorageLease lease;
  private final Disk disk;

  private CopyDatabase(
      ConfigurableApplicationContext context, Path directory, @Nullable StorageLease lease) {
    this.context = context;
    this.lease = lease;
    var chunks = context.getBean(ChunkRepository.class);
    this.disk =
        new DatabaseDisk(
            directory,
            context.getBean(FileRepository.class),
            chunks,
            new AppendLanes(chunks, new SimpleMeterRegistry()),
            lease == null ? WriteFence.READ_ONLY : lease,
            Clock.systemUTC(),
            new FileClaims());
  }

  /// @param directory the path of the data-dir, below which the disk has its files
  /// @param forWrites whether to acquire the lease, and not to lock the data-dir: the source may be
  ///   used by a service
  static CopyDatabase open(List<String> settings, Path directory, boolean forWrites)
      throws IOException, InterruptedException {
    var all = new ArrayList<>(settings);
    all.add("--rollbook.storage=database");
    all.add("--rollbook.data-dir=" + directory);
    var sources =
        forWrites ? new Class<?>[] {Beans.class} : new Class<?>[] {Beans.class, DataDirLock.class};
    var context = context(sources, all.toArray(String[]::new));
    try {
      var lease =
          forWrites
              ? StorageLease.acquire(
                  context.getBean(LeaseRepository.class),
                  "a copy, " + ProcessLock.describeProcess(),
                  () -> {})
              : null;
      return new CopyDatabase(context, directory, lease);
    } catch (IOException | InterruptedException | RuntimeException e) {
      context.close();
      throw e;
    }
  }

  /// Spring Boot logs why it cannot start.
  private static ConfigurableApplicationContext context(Class<?>[] sources, String... settings)
      throws IOException {
    try {
      return new SpringApplicationBuilder(sources)
          .web(WebApplicationType.NONE)
          .logStartupInfo(false)
          .run(settings);
    } catch (StartupException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new IOException("the database or the data-dir cannot be opened", e);
    }
  }

  Disk disk() {
    return disk;
  }

  /// @throws IOException if another process has taken over the files
  void requireHeld() throws IOException {
    if (lease != null) {
      lease.requireHeld();
    }
  }

  /// The address of the database, without its parameters, which may be secret, and the identity
  /// that PostgreSQL gave it.
  String identity() throws IOException {
    var url = context.getEnvironment().getProperty("spring.datasource.url", "");
    var identity = new DatabaseIdentity(context.getBean(FileDatabase.class)).find();
    return "%s (%s)".formatted(url.replaceFirst("[?].*", ""), identity);
  }

  @Override
  public void close() {
    try {
      if (lease != null) {
        lease.close();
      }
    } finally {
      context.close();
    }
  }

  /// Not annotated as a configuration, so that the service does not have these beans.
  @ImportAutoConfiguration({
    DataSourceAutoConfiguration.class,
    DataSourceTransactionManagerAutoConfiguration.class,
    TransactionAutoConfiguration.class,
    JdbcTemplateAutoConfiguration.class,
    DataJdbcRepositoriesAutoConfiguration.class,
    FlywayAutoConfiguration.class
  })
  @ComponentScan("dev.rollbook.statedb")
  static class Beans {
    @Bean
    static StorageSettingCheck storageSettingCheck(Environment environment) {
      return new StorageSettingCheck(environment);
    }

    @Bean
    RolloutStorageStatus rolloutStorageStatus() {
      return () -> false;
    }

    @Bean
    DeletedThreads deletedThreads() {
      return thread -> false;
    }
  }
}
