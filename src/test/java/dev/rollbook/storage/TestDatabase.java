package dev.rollbook.storage;

import com.zaxxer.hikari.HikariConfig;
import dev.rollbook.cluster.ClusterJobs;
import dev.rollbook.cluster.ClusterMembership;
import dev.rollbook.cluster.ThreadClaims;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.LocalDisk;
import dev.rollbook.statedb.RealPostgres;
import dev.rollbook.statedb.files.ChunkRepository;
import dev.rollbook.statedb.files.FileDatabase;
import dev.rollbook.statedb.files.FileRepository;
import dev.rollbook.statedb.files.JobLocks;
import dev.rollbook.statedb.files.OwnerRepository;
import dev.rollbook.statedb.files.ReplicaRepository;
import dev.rollbook.statedb.files.Replication;
import dev.rollbook.worker.WorkerFailures;
import dev.rollbook.worker.WorkerSignal;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;

/// A PostgreSQL database that holds files, and processes that use it.
public final class TestDatabase implements AutoCloseable {
  /// Paths of the disk are absolute, so that tests with directories of their own can share it.
  private static final Path ROOT = Path.of("/");

  private static final Duration GONE_AFTER = Duration.ofSeconds(1);

  private static final class Shared {
    static final TestDatabase DATABASE = open();
    static final Process PROCESS = DATABASE.process("the tests");
  }

  final String name;
  private final FileDatabase connections;

  private TestDatabase(String name) {
    this.name = name;
    this.connections = connect();
  }

  /// Connections of their own. A process that uses them loses the database when they are closed.
  public FileDatabase connect() {
    var config = new HikariConfig();
    config.setJdbcUrl(RealPostgres.url(name));
    config.setConnectionTimeout(1000);
    return new FileDatabase(config);
  }

  public static TestDatabase open() {
    var name = RealPostgres.newDatabase();
    Flyway.configure()
        .dataSource(RealPostgres.url(name), null, null)
        .locations("classpath:db/migration", "classpath:db/postgresql")
        .placeholders(Map.of("stored", "STORED"))
        .load()
        .migrate();
    return new TestDatabase(name);
  }

  /// One disk for all tests that only need a disk: each uses a directory of its own.
  public static Disk sharedDisk() {
    return Shared.PROCESS.disk();
  }

  /// The files of a service. A file of a thread can be written although the thread is not loaded:
  /// it is claimed for the service.
  public static Disk diskOf(ApplicationContext service) {
    var dataDir = service.getBean(DataDir.class);
    var chunks = service.getBean(ChunkRepository.class);
    var database =
        new DatabaseDisk(
            dataDir.dataDir(),
            service.getBean(FileRepository.class),
            chunks,
            new AppendLanes(chunks, new SimpleMeterRegistry()),
            WriteFence.claiming(
                service.getBean(ClusterMembership.class), service.getBean(ThreadClaims.class)),
            Clock.systemUTC(),
            service.getBean(FileClaims.class));
    return new RoutingDisk(dataDir, new LocalDisk(dataDir.dataDir()), database);
  }

  static Process sharedProcess() {
    return Shared.PROCESS;
  }

  FileRepository files() {
    return new FileRepository(connections);
  }

  public String name() {
    return name;
  }

  Replication replication() {
    return new Replication(connections);
  }

  ChunkRepository chunks() {
    return new ChunkRepository(connections);
  }

  public ReplicaRepository replicas() {
    return new ReplicaRepository(connections);
  }

  public OwnerRepository owners() {
    return new OwnerRepository(connections);
  }

  public JobLocks jobs() {
    return new JobLocks(connections);
  }

  /// A process that is the only one, if need be after another one that is silent.
  public Process process(String name) {
    return process(name, () -> {});
  }

  public Process process(String name, Runnable lost) {
    return process(name, null, lost);
  }

  /// A process beside others that have an address.
  public Process replica(String name) {
    return process(name, URI.create("http://" + name + ":8080"), () -> {});
  }

  private Process process(String name, @Nullable URI address, Runnable lost) {
    try {
      return new Process(
          ClusterMembership.join(replicas(), name, address, "test", GONE_AFTER, lost));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// A process, its disk, and what it consists of. It claims a thread when it first writes a file
  /// of it.
  public final class Process implements AutoCloseable {
    public final ClusterMembership member;
    public final ThreadClaims threads;
    final FileClaims claims = new FileClaims();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final DatabaseDisk disk;

    private Process(ClusterMembership member) {
      this.member = member;
      this.threads = new ThreadClaims(owners(), member);
      this.disk =
          new DatabaseDisk(
              ROOT,
              files(),
              chunks(),
              new AppendLanes(chunks(), meters),
              WriteFence.claiming(member, threads),
              Clock.systemUTC(),
              claims);
    }

    public Disk disk() {
      return disk;
    }

    /// Removes the bytes of all deleted files that are not read.
    void purge() throws IOException {
      new DeletedFilePurge(
              files(), claims, ClusterJobs.SOLE, true, new WorkerFailures(Clock.systemUTC()))
          .purge(Duration.ZERO, new WorkerSignal());
    }

    @Override
    public void close() {
      member.close();
    }
  }

  public void execute(String sql) {
    try (var connection = DriverManager.getConnection(RealPostgres.url(name));
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Kills some connections in the middle of whatever they do.
  boolean killConnections(int most) {
    execute(
        "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity"
            + " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            + " ORDER BY state LIMIT %d) AS some".formatted(most));
    return true;
  }

  @Override
  public void close() {
    connections.close();
  }
}
