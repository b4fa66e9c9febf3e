package dev.rollbook.packaged.postgres;

import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.springframework.util.FileSystemUtils;

/// PostgreSQL server with its own directory and port, which keep over restarts, and what an
/// operator does to it.
///
/// It runs with the defaults of PostgreSQL, except for fsync: what it has committed survives a
/// crash of the server, but not of the machine.
public final class PostgresServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String LOG = "log";
  private static final int LEAST_PORT = 15_000;

  /// By the default of Linux, which is lower than those of other systems.
  private static final int LEAST_EPHEMERAL_PORT = 32_768;

  private final Path programs;
  private final Path directory;
  private final int port;
  private final Thread atExit = new Thread(this::kill);

  private PostgresServer(Path programs, Path directory, int port) {
    this.programs = programs;
    this.directory = directory;
    this.port = port;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /// Creates a server of the version that all tests use, and starts it.
  public static PostgresServer create(Path directory) throws IOException {
    var data = directory.resolve("data");
    Path program;
    try (var server =
        EmbeddedPostgres.builder()
            .setPGStartupWait(PATIENCE)
            .setDataDirectory(data)
            .setCleanDataDirectory(false)
            .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
            .setErrorRedirector(ProcessBuilder.Redirect.DISCARD)
            .start()) {
      program = program(data);
    }
    return configured(program.getParent(), directory);
  }

  /// The same with a PostgreSQL that is installed on this machine.
  ///
  /// @param programs its directory of programs, such as `initdb`
  public static PostgresServer create(Path programs, Path directory) throws IOException {
    run(
        programs.resolve("initdb"),
        Files.createDirectories(directory).resolve(LOG),
        List.of("-A", "trust", "-U", "postgres", "-E", "UTF8", "-D", directory + "/data"));
    return configured(programs, directory);
  }

  private static PostgresServer configured(Path programs, Path directory) throws IOException {
    var server = new PostgresServer(programs, directory, freePort());
    server.configure(
        "listen_addresses = '127.0.0.1'",
        "unix_socket_directories = ''",
        "port = " + server.port,
        "fsync = off");
    server.start();
    return server;
  }

  /// Makes a standby from a copy of this server, which is stopped meanwhile. It follows this one,
  /// asynchronously unless [#requireStandby] is called.
  ///
  /// @param link port at which the standby reaches this server
  PostgresServer standby(String name, int link, Path standbyDirectory, int standbyPort)
      throws IOException {
    stop();
    var copy = standbyDirectory.resolve("data");
    FileSystemUtils.copyRecursively(data(), copy);
    Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwx------"));
    start();
    var standby = new PostgresServer(programs, standbyDirectory, standbyPort);
    standby.configure(
        "port = " + standby.port,
        "wal_retrieve_retry_interval = '100ms'",
        "primary_conninfo = 'host=127.0.0.1 port=%d user=postgres application_name=%s'"
            .formatted(link, name));
    Files.createFile(copy.resolve("standby.signal"));
    standby.start();
    awaitStreaming(name);
    return standby;
  }

  /// Commits are acknowledged only if the standby has them, from now on, and only by this server:
  /// not by the standby once it is promoted.
  public void requireStandby(String name) {
    execute("ALTER SYSTEM SET synchronous_standby_names = '%s'".formatted(name));
    execute("SELECT pg_reload_conf()");
    await()
        .atMost(PATIENCE)
        .until(() ->
            query(
                    "SELECT sync_state FROM pg_stat_replication WHERE application_name = '%s'"
                        .formatted(name))
                .equals("sync"));
  }

  /// Waits until a standby has all commits so far.
  void awaitReceived(String name) {
    var end = query("SELECT pg_current_wal_lsn()");
    await()
        .atMost(PATIENCE)
        .until(() ->
            query(
                    "SELECT flush_lsn >= '%s' FROM pg_stat_replication WHERE application_name = '%s'"
                        .formatted(end, name))
                .equals("t"));
  }

  private void awaitStreaming(String name) {
    await()
        .atMost(PATIENCE)
        .until(() ->
            query(
                    "SELECT state FROM pg_stat_replication WHERE application_name = '%s'"
                        .formatted(name))
                .equals("streaming"));
  }

  public void start() {
    control("start", "-l", directory.resolve(LOG).toString());
  }

  /// Stops in order: a standby that is reachable has everything afterwards.
  public void stop() {
    control("stop", "-m", "fast");
  }

  /// Ends all its processes at once. The next start recovers, as after a crash.
  public void stopImmediately() {
    control("stop", "-m", "immediate");
  }

  /// Makes a standby the primary.
  public void promote() {
    control("promote");
  }

  public int port() {
    return port;
  }

  /// The address of its only database, through a relay or directly.
  ///
  /// @param ports at which it is tried, in this order
  public static String url(int... ports) {
    var hosts = new ArrayList<String>();
    for (int each : ports) {
      hosts.add("127.0.0.1:" + each);
    }
    return "jdbc:postgresql://%s/postgres?user=postgres".formatted(String.join(",", hosts));
  }

  public void execute(String sql) {
    try (var connection = DriverManager.getConnection(url(port));
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The first value as text; empty if there is none.
  public String query(String sql) {
    try (var connection = DriverManager.getConnection(url(port));
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "";
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Leaves no process.
  @Override
  public void close() {
    kill();
    Runtime.getRuntime().removeShutdownHook(atExit);
  }

  private void kill() {
    if (Files.exists(data().resolve("postmaster.pid"))) {
      stopImmediately();
    }
  }

  private Path data() {
    return directory.resolve("data");
  }

  private void configure(String... lines) throws IOException {
    Files.write(data().resolve("postgresql.conf"), List.of(lines), StandardOpenOption.APPEND);
  }

  private void control(String action, String... options) {
    var arguments =
        new ArrayList<>(
            List.of(action, "-D", data().toString(), "-w", "-t", "" + PATIENCE.toSeconds()));
    arguments.addAll(List.of(options));
    run(programs.resolve("pg_ctl"), directory.resolve("pg_ctl.log"), arguments);
  }

  /// PostgreSQL does not run as root, but as root in a namespace of its own.
  private static void run(Path program, Path log, List<String> arguments) {
    var command = new ArrayList<String>();
    if (LinuxUtils.isUnshareAvailable()) {
      command.addAll(List.of("unshare", "-U"));
    }
    command.add(program.toString());
    command.addAll(arguments);
    try {
      var process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      if (process.waitFor() != 0) {
        throw new AssertionError(command + " failed: " + Files.readString(log));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /// The program of a running server, which the library has unpacked.
  private static Path program(Path data) throws IOException {
    var pid = Files.readAllLines(data.resolve("postmaster.pid")).getFirst().strip();
    return ProcessHandle.of(Long.parseLong(pid))
        .flatMap(server -> server.info().command())
        .map(Path::of)
        .orElseThrow();
  }

  /// A port that no outgoing connection of this machine is given while the server is stopped.
  public static int freePort() {
    var random = new Random();
    while (true) {
      int port = random.nextInt(LEAST_PORT, LEAST_EPHEMERAL_PORT);
      try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException taken) {
        // Another one may be free.
      }
    }
  }
}
