package dev.rollbook.packaged;

import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The packaged service in its own process, with stdout and stderr in files.
public final class PackagedService implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(90);
  private static final Duration STOP = Duration.ofSeconds(60);

  /// For short runs, which mostly start: without C2, and with a heap and a code cache in which a
  /// start needs few collections. With C1 only, the code cache is so small that it causes full
  /// ones.
  private static final String JVM_FLAGS =
      "-Xms256m -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=128m";

  private static final int ANY_PORT = 0;
  private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

  private final Process process;
  private final Path stdout;
  private final Path stderr;
  private int port;

  private PackagedService(Process process, Path stdout, Path stderr) {
    this.process = process;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /// Returns once it listens.
  ///
  /// @param shell run before the service in its shell, such as a limit
  public static PackagedService start(Path dataDir, Path logs, String shell) {
    var service = launch(dataDir, logs, shell);
    service.port();
    return service;
  }

  /// Returns at once, with a process that only begins to start.
  ///
  /// @param port where it will listen
  public static PackagedService launch(Path dataDir, Path logs, String shell, int port) {
    return launch(extracted(), dataDir, logs, shell, port);
  }

  /// The same from the jar as the build leaves it, as `java -jar` on the command line does, with a
  /// relative path of the data-dir.
  public static PackagedService startPlainJar(Path dataDir, Path logs) {
    var relative = Path.of("").toAbsolutePath().relativize(dataDir);
    var service = launch(List.of("-jar", ExtractedJar.plain().toString()), relative, logs, "");
    service.port();
    return service;
  }

  /// Returns at once, with a process that only begins to start.
  public static PackagedService launch(Path dataDir, Path logs, String shell) {
    return launch(extracted(), dataDir, logs, shell);
  }

  private static List<String> extracted() {
    try {
      return ExtractedJar.arguments();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  /// @param arguments of the JVM, which lead to the jar
  public static PackagedService launch(
      List<String> arguments, Path dataDir, Path logs, String shell) {
    return launch(arguments, dataDir, logs, shell, ANY_PORT);
  }

  private static PackagedService launch(
      List<String> arguments, Path dataDir, Path logs, String shell, int port) {
    try {
      var run = Files.createTempDirectory(logs, "run");
      var stdout = run.resolve("stdout");
      var stderr = run.resolve("stderr");
      var command =
          "%s exec '%s' %s %s --server.port=%d --rollbook.data-dir='%s'"
              .formatted(
                  shell,
                  java(),
                  JVM_FLAGS,
                  "'" + String.join("' '", arguments) + "'",
                  port,
                  dataDir);
      var process =
          new ProcessBuilder("sh", "-c", command)
              .redirectOutput(stdout.toFile())
              .redirectError(stderr.toFile())
              .start();
      return new PackagedService(process, stdout, stderr);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Runs the command `token` of the packaged jar, and returns the token.
  public static String createToken(Path tokensFile, String principal, String scopes)
      throws IOException, InterruptedException {
    var process =
        new ProcessBuilder(
                java().toString(),
                "-jar",
                ExtractedJar.plain().toString(),
                "token",
                "--principal",
                principal,
                "--scopes",
                scopes,
                "--file=" + tokensFile)
            .redirectErrorStream(true)
            .start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(output);
    }
    return output.strip();
  }

  /// The jar as the build leaves it.
  public static Path jar() {
    return ExtractedJar.plain();
  }

  public static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  /// To be called while no service runs on the data-dir.
  public static void deleteStateDb(Path dataDir) throws IOException {
    try (var files = Files.list(dataDir)) {
      for (var file :
          files.filter(file -> file.getFileName().toString().startsWith("state-db")).toList()) {
        Files.delete(file);
      }
    }
  }

  public RollbookClient client() {
    return new RollbookClient(port());
  }

  /// At an address of its own.
  public RollbookClient otherClient() {
    return new RollbookClient(port(), InetAddress.ofLiteral("127.0.0.2"));
  }

  /// Where it listens; waits until it does.
  public int port() {
    if (port == 0) {
      port = awaitPort();
    }
    return port;
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /// Whether all of it has started, not only the web server.
  public boolean isStarted() {
    return stdout().stream().anyMatch(line -> line.contains("Started RollbookApplication"));
  }

  public List<String> stdout() {
    return lines(stdout);
  }

  public long pid() {
    return process.pid();
  }

  public List<String> stderr() {
    return lines(stderr);
  }

  /// Asks the service to stop, and returns at once.
  public void sigterm() {
    process.destroy();
  }

  /// Kills it, and returns at once.
  public void sigkill() {
    process.destroyForcibly();
  }

  /// Waits for the end and returns the exit code.
  public int awaitExit() throws InterruptedException {
    return awaitExit(STOP);
  }

  public int awaitExit(Duration patience) throws InterruptedException {
    if (!process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("still running: " + stdout());
    }
    return process.exitValue();
  }

  public int stop() throws InterruptedException {
    sigterm();
    return awaitExit();
  }

  /// Kills it, and returns once its files are closed.
  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }

  private int awaitPort() {
    return await()
        .atMost(START)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              boolean running = isAlive();
              var output = stdout();
              if (!running) {
                throw new AssertionError("did not start: " + output + stderr());
              }
              return output.stream()
                  .map(PORT::matcher)
                  .filter(Matcher::find)
                  .map(match -> Integer.valueOf(match.group(1)))
                  .findFirst();
            },
            Optional::isPresent)
        .orElseThrow();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
