package dev.rollbook.operating;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A real nginx with the configuration of this repository, in which only ports, addresses and
/// directories are replaced.
public final class Nginx implements AutoCloseable {
  static final Path FILE = Path.of("src/main/docker/nginx/nginx.conf");

  private final Process process;
  private final Path log;
  private final int port;

  private Nginx(Process process, Path log, int port) {
    this.process = process;
    this.log = log;
    this.port = port;
  }

  /// Returns once it listens.
  ///
  /// @param directory of all that it writes
  /// @param replicas ports of this machine, as many as the configuration has servers
  public static Nginx start(Path directory, List<Integer> replicas) throws IOException {
    int port = freePort();
    var config =
        Files.writeString(directory.resolve("nginx.conf"), text(directory, port, replicas));
    var log = directory.resolve("nginx.log");
    var process =
        new ProcessBuilder(
                InstalledPrograms.orSkip("nginx").toString(),
                "-p",
                directory.toString(),
                "-e",
                "stderr",
                "-c",
                config.toString(),
                "-g",
                "daemon off;")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    var nginx = new Nginx(process, log, port);
    await().until(nginx::listens);
    return nginx;
  }

  private static String text(Path directory, int port, List<Integer> replicas) {
    var text =
        replaced(
            replaced(RepositoryFiles.text(FILE), "listen 8080;", "listen 127.0.0.1:" + port + ";"),
            " /tmp/",
            " " + directory + "/");
    // The containers have names. Installed versions before 1.27.3 do not look them up again.
    text = replaced(replaced(text, "resolver 127.0.0.11 valid=5s;", ""), ":8080 resolve", "");
    for (int n = 0; n < replicas.size(); n++) {
      text = replaced(text, "rollbook-" + (n + 1) + " ", "127.0.0.1:" + replicas.get(n) + " ");
    }
    return text;
  }

  private static String replaced(String text, String what, String with) {
    if (!text.contains(what)) {
      throw new AssertionError(what + " is not in:\n" + text);
    }
    return text.replace(what, with);
  }

  private boolean listens() throws IOException {
    if (!process.isAlive()) {
      throw new AssertionError("did not start: " + Files.readString(log));
    }
    try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  public int port() {
    return port;
  }

  /// Stops it by a signal, upon which it ends its workers.
  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
