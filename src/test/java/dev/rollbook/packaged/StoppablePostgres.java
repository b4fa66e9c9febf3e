package dev.rollbook.packaged;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;

/// A PostgreSQL that can be stopped and restarted with the same data and address.
final class StoppablePostgres implements AutoCloseable {
  private final Path directory;
  private final int port;
  private EmbeddedPostgres running;

  StoppablePostgres(Path directory) throws IOException {
    this.directory = directory;
    this.port = freePort();
    start();
  }

  void start() throws IOException {
    running =
        EmbeddedPostgres.builder()
            .setPGStartupWait(Duration.ofSeconds(60))
            .setDataDirectory(directory.resolve("data"))
            .setCleanDataDirectory(false)
            .setPort(port)
            .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
            .setErrorRedirector(ProcessBuilder.Redirect.DISCARD)
            .start();
  }

  /// Does no harm twice.
  void stop() throws IOException {
    running.close();
  }

  String url() {
    return running.getJdbcUrl("postgres", "postgres");
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
