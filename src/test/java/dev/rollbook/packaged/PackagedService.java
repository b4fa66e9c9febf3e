package dev.rollbook.packaged;

import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// The jar that users get, as a process of its own with stdout and stderr in files.
final class PackagedService implements AutoCloseable {
  private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

  private final Process process;
  private final Path stdout;
  private final Path stderr;
  private final int port;

  private PackagedService(Process process, Path stdout, Path stderr, int port) {
    this.process = process;
    this.stdout = stdout;
    this.stderr = stderr;
    this.port = port;
  }

  /// @param shell run before the service in its shell, such as a limit
  static PackagedService start(Path dataDir, Path logs, String shell) {
    var launched = launch(dataDir, logs, shell);
    return new PackagedService(
        launched.process, launched.stdout, launched.stderr, launched.awaitPort());
  }

  /// One that is to end by itself, as it may not start.
  static PackagedService refused(Path dataDir, Path logs) {
    return launch(dataDir, logs, "");
  }

  private static PackagedService launch(Path dataDir, Path logs, String shell) {
    try {
      var run = Files.createTempDirectory(logs, "run");
      var stdout = run.resolve("stdout");
      var stderr = run.resolve("stderr");
      var java = Path.of(System.getProperty("java.home"), "bin", "java");
      // Most of a short run is starting: the thorough compiler would only take time from it.
      var command =
          "%s exec '%s' -Xmx256m -XX:TieredStopAtLevel=1 -jar '%s' --server.port=0 --rollbook.data-dir='%s'"
              .formatted(shell, java, jar(), dataDir);
      var process =
          new ProcessBuilder("sh", "-c", command)
              .redirectOutput(stdout.toFile())
              .redirectError(stderr.toFile())
              .start();
      return new PackagedService(process, stdout, stderr, -1);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /// To be called while no service runs on the data-dir.
  static void deleteStateDb(Path dataDir) throws IOException {
    try (var files = Files.list(dataDir)) {
      for (var file :
          files.filter(file -> file.getFileName().toString().startsWith("state-db")).toList()) {
        Files.delete(file);
      }
    }
  }

  RollbookClient client() {
    return new RollbookClient(port);
  }

  int port() {
    return port;
  }

  List<String> stdout() {
    return lines(stdout);
  }

  long pid() {
    return process.pid();
  }

  List<String> stderr() {
    return lines(stderr);
  }

  /// Asks the service to stop, and returns at once.
  void sigterm() {
    process.destroy();
  }

  /// Waits for the end and returns the exit code.
  int awaitExit() throws InterruptedException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new AssertionError("still running: " + stdout());
    }
    return process.exitValue();
  }

  int stop() throws InterruptedException {
    sigterm();
    return awaitExit();
  }

  /// Kills it, and returns once its files are closed.
  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }

  private int awaitPort() {
    var found = new ArrayList<Integer>();
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> {
          if (!process.isAlive()) {
            throw new AssertionError("did not start: " + stdout() + stderr());
          }
          stdout().stream()
              .map(PORT::matcher)
              .filter(java.util.regex.Matcher::find)
              .forEach(match -> found.add(Integer.valueOf(match.group(1))));
          return !found.isEmpty();
        });
    return found.getFirst();
  }

  private static String jar() {
    return System.getProperty("rollbook.jar", "target/rollbook.jar");
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
