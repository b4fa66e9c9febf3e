package dev.rollbook.packaged;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/// A PostgreSQL that can be stopped and restarted with the same data and address. Its commits are
/// durable, as PostgreSQL has it by default, and unlike other servers of the tests: the library
/// turns off fsync and `synchronous_commit`.
public final class StoppablePostgres implements AutoCloseable {
  private final Path directory;
  private final int port;
  private EmbeddedPostgres running;

  public StoppablePostgres(Path directory) throws IOException {
    this.directory = directory;
    this.port = freePort();
    start();
  }

  public void start() throws IOException {
    running =
        EmbeddedPostgres.builder()
            .setPGStartupWait(Duration.ofSeconds(60))
            .setDataDirectory(directory.resolve("data"))
            .setCleanDataDirectory(false)
            .setPort(port)
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
            .setErrorRedirector(ProcessBuilder.Redirect.DISCARD)
            .start();
  }

  /// Does no harm twice.
  public void stop() throws IOException {
    running.close();
  }

  public String url() {
    return running.getJdbcUrl("postgres", "postgres");
  }

  /// Processor time of all processes of the running server.
  public Duration processorTime() throws IOException {
    var pid = Files.readAllLines(directory.resolve("data/postmaster.pid")).getFirst();
    return ProcessHandle.of(Long.parseLong(pid.strip())).stream()
        .flatMap(server -> Stream.concat(Stream.of(server), server.descendants()))
        .flatMap(process -> process.info().totalCpuDuration().stream())
        .reduce(Duration.ZERO, Duration::plus);
  }

  @Override
  public void close() throws IOException {
    stop();
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
