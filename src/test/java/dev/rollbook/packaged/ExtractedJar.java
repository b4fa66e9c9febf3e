package dev.rollbook.packaged;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;

import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.springframework.util.FileSystemUtils;

/// The extracted jar with an AOT cache of the JDK, which halves the time of a start.
///
/// Made once for each build by the first caller; all others wait. The cache comes from a short
/// training run that serves some requests, and fits only the JVM and the flags of that run.
final class ExtractedJar {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final String LINE = "{\"type\":\"event_msg\",\"payload\":{\"type\":\"x\"}}\n";

  private static List<String> arguments = List.of();

  private final Path jar;
  private final Path directory;
  private final Path cache;
  private final Path whole;

  private ExtractedJar(Path jar) {
    this.jar = jar;
    this.directory = jar.resolveSibling("extracted-" + System.getProperty("java.vm.version"));
    this.cache = directory.resolve("rollbook.aot");
    this.whole = directory.resolve("whole.jar");
  }

  /// Where the build puts the jar.
  static Path plain() {
    return Path.of(System.getProperty("rollbook.jar", "target/rollbook.jar")).toAbsolutePath();
  }

  /// Arguments of a JVM that starts quickly, and not at all without the cache.
  static synchronized List<String> arguments() throws IOException, InterruptedException {
    if (arguments.isEmpty()) {
      arguments = prepared();
    }
    return arguments;
  }

  private static List<String> prepared() throws IOException, InterruptedException {
    var extracted = new ExtractedJar(plain());
    var lock = extracted.jar.resolveSibling("extracted.lock");
    try (var file = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var held = file.lock()) {
      if (!extracted.isOfThisBuild()) {
        extracted.make();
      }
    }
    return extracted.arguments("-XX:AOTMode=on", "-XX:AOTCache=" + extracted.cache);
  }

  private List<String> arguments(String mode, String cache) {
    var jar = directory.resolve(this.jar.getFileName());
    return List.of(mode, cache, "-jar", jar.toString());
  }

  /// Times tell nothing: those of a jar that can be built again to the byte are always the same.
  private boolean isOfThisBuild() throws IOException {
    return Files.exists(cache) && Files.exists(whole) && Files.mismatch(jar, whole) == -1;
  }

  private void make() throws IOException, InterruptedException {
    FileSystemUtils.deleteRecursively(directory);
    extract();
    Files.copy(jar, whole);
    var unfinished = directory.resolve("unfinished.aot");
    train(unfinished);
    Files.move(unfinished, cache, StandardCopyOption.ATOMIC_MOVE);
  }

  private void extract() throws IOException, InterruptedException {
    var log = Files.createTempFile(jar.getParent(), "extract", ".log");
    var command =
        List.of(
            PackagedService.java().toString(),
            "-Djarmode=tools",
            "-jar",
            jar.toString(),
            "extract",
            "--destination",
            directory.toString());
    var extracting =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    boolean ended = extracting.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    if (!ended || extracting.exitValue() != 0) {
      throw new AssertionError("not extracted: " + Files.readString(log));
    }
    Files.delete(log);
  }

  /// The JVM writes the cache when it ends.
  private void train(Path output) throws IOException, InterruptedException {
    var logs = Files.createDirectory(directory.resolve("training"));
    var dataDir = directory.resolve("training/data");
    var arguments = arguments("-XX:AOTMode=auto", "-XX:AOTCacheOutput=" + output);
    try (var service = PackagedService.launch(arguments, dataDir, logs, "")) {
      use(service.client());
      service.sigterm();
      int code = service.awaitExit(PATIENCE);
      if (code != 143 || !Files.exists(output)) {
        throw new AssertionError(
            "no cache, exit code %d: %s%s".formatted(code, service.stdout(), service.stderr()));
      }
    }
    FileSystemUtils.deleteRecursively(logs);
  }

  private static void use(RollbookClient client) {
    var thread = client.startThread("{\"name\":\"training\"}");
    var turn = client.startTurn(thread);
    expect(200, client.append(thread, turn, "1", "2"));
    expect(200, upload(client, turn(thread, turn) + "/items"));
    expect(200, client.complete(thread, turn));
    for (var path : List.of("", "/items", "/turns", "/gaps")) {
      expect(200, client.get(thread(thread) + path));
    }
    for (var path : List.of("/v1/threads", "/actuator/health", "/actuator/prometheus")) {
      expect(200, client.get(path));
    }
    client.lines(thread);
  }

  private static RollbookClient.Answer upload(RollbookClient client, String path) {
    return client.send(
        "POST",
        path,
        LINE.repeat(3).getBytes(StandardCharsets.UTF_8),
        "content-type",
        "application/x-ndjson");
  }
}
