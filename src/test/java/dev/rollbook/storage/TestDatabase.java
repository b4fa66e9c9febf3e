package dev.rollbook.storage;

import com.zaxxer.hikari.HikariConfig;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.statedb.RealPostgres;
import dev.rollbook.statedb.files.ChunkRepository;
import dev.rollbook.statedb.files.FileDatabase;
import dev.rollbook.statedb.files.FileRepository;
import dev.rollbook.statedb.files.LeaseRepository;
import dev.rollbook.statedb.files.Replication;
import dev.rollbook.worker.WorkerFailures;
import dev.rollbook.worker.WorkerSignal;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import org.flywaydb.core.Flyway;

/// A PostgreSQL database that holds files, and processes that use it, of which one has the lease.
public final class TestDatabase implements AutoCloseable {
  /// Paths of the disk are absolute, so that tests with directories of their own can share it.
  private static final Path ROOT = Path.of("/");

  private static final class Shared {
    static final TestDatabase DATABASE = open();
    static final Process PROCESS = DATABASE.process("the tests");
  }

  final String name;
  private final FileDatabase connections;

  private TestDatabase(String name) {
    this.name = name;
    var config = new HikariConfig();
    config.setJdbcUrl(RealPostgres.url(name));
    config.setConnectionTimeout(1000);
    this.connections = new FileDatabase(config);
  }

  public static TestDatabase open() {
    var name = RealPostgres.newDatabase();
    Flyway.configure()
        .dataSource(RealPostgres.url(name), null, null)
        .locations("classpath:db/postgresql")
        .load()
        .migrate();
    return new TestDatabase(name);
  }

  /// One disk for all tests that only need a disk: each uses a directory of its own.
  public static Disk sharedDisk() {
    return Shared.PROCESS.disk();
  }

  static Process sharedProcess() {
    return Shared.PROCESS;
  }

  FileRepository files() {
    return new FileRepository(connections);
  }

  Replication replication() {
    return new Replication(connections);
  }

  ChunkRepository chunks() {
    return new ChunkRepository(connections);
  }

  LeaseRepository leases() {
    return new LeaseRepository(connections);
  }

  /// A process that takes the lease, if need be from another one that is silent.
  Process process(String holder) {
    return process(holder, () -> {});
  }

  Process process(String holder, Runnable lost) {
    try {
      return new Process(StorageLease.acquire(leases(), holder, lost));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The disk of a process, and what it consists of.
  final class Process implements AutoCloseable {
    final StorageLease lease;
    final FileClaims claims = new FileClaims();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final DatabaseDisk disk;

    private Process(StorageLease lease) {
      this.lease = lease;
      this.disk =
          new DatabaseDisk(
              ROOT,
              files(),
              chunks(),
              new AppendLanes(chunks(), meters),
              lease,
              Clock.systemUTC(),
              claims);
    }

    Disk disk() {
      return disk;
    }

    /// Removes the bytes of all deleted files that are not read.
    void purge() throws IOException {
      new DeletedFilePurge(files(), claims, new WorkerFailures(Clock.systemUTC()))
          .purge(Duration.ZERO, new WorkerSignal());
    }

    @Override
    public void close() {
      lease.close();
    }
  }

  void execute(String sql) {
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
