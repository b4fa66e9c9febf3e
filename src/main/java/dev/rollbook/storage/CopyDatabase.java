package dev.rollbook.storage;

import dev.rollbook.cluster.ClusterMembership;
import dev.rollbook.cluster.ThreadClaims;
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
import dev.rollbook.statedb.files.OwnerRepository;
import dev.rollbook.statedb.files.ReplicaRepository;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
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
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.core.env.Environment;

/// The database of a copy: the package `statedb` with the settings of the service, and nothing else
/// of it but the lock of the data-dir, if that is the target.
final class CopyDatabase implements AutoCloseable {
  private static final Duration GONE_AFTER = Duration.ofSeconds(2);

  private final ConfigurableApplicationContext context;
  private final @Nullable ClusterMembership member;
  private final Disk disk;

  private CopyDatabase(
      ConfigurableApplicationContext context, Path directory, @Nullable ClusterMembership member) {
    this.context = context;
    this.member = member;
    var chunks = context.getBean(ChunkRepository.class);
    this.disk =
        new DatabaseDisk(
            directory,
            context.getBean(FileRepository.class),
            chunks,
            new AppendLanes(chunks, new SimpleMeterRegistry()),
            member == null ? WriteFence.READ_ONLY : claiming(context, member),
            Clock.systemUTC(),
            new FileClaims());
  }

  private static WriteFence claiming(ApplicationContext context, ClusterMembership member) {
    return WriteFence.claiming(
        member, new ThreadClaims(context.getBean(OwnerRepository.class), member));
  }

  /// @param directory the path of the data-dir, below which the disk has its files
  /// @param forWrites whether to be the only process that uses the database, and not to lock the
  ///   data-dir: the source may be used by a service
  static CopyDatabase open(List<String> settings, Path directory, boolean forWrites)
      throws IOException, InterruptedException {
    var all = new ArrayList<>(settings);
    all.add("--rollbook.storage=database");
    all.add("--rollbook.data-dir=" + directory);
    var sources =
        forWrites ? new Class<?>[] {Beans.class} : new Class<?>[] {Beans.class, DataDirLock.class};
    var context = context(sources, all.toArray(String[]::new));
    try {
      var member =
          forWrites
              ? ClusterMembership.join(
                  context.getBean(ReplicaRepository.class),
                  "a copy, " + ProcessLock.describeProcess(),
                  null,
                  "copy",
                  GONE_AFTER,
                  () -> {})
              : null;
      return new CopyDatabase(context, directory, member);
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
    if (member != null) {
      member.requireMember();
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
      if (member != null) {
        member.close();
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
