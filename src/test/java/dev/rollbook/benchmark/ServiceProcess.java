package dev.rollbook.benchmark;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.util.FileSystemUtils;

/// The service in a JVM of its own, so that the load does not share its heap and its compiler.
final class ServiceProcess implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(2);

  private final Process process;
  private final int port;
  private final Path directory;
  private final long launchedAt = System.nanoTime();
  private Duration start = Duration.ZERO;
  private Duration startCpu = Duration.ZERO;

  private ServiceProcess(Process process, int port, Path directory) {
    this.process = process;
    this.port = port;
    this.directory = directory;
  }

  static ServiceProcess start() throws IOException, InterruptedException {
    return start(List.of(), List.of());
  }

  /// @param jvm options of the JVM
  /// @param settings of the service, each with its dashes
  static ServiceProcess start(List<String> jvm, List<String> settings)
      throws IOException, InterruptedException {
    var directory = directory();
    return start(directory, directory.resolve("data"), jvm, settings);
  }

  /// The same on a data-dir that is there, and stays.
  static ServiceProcess on(Path dataDir, List<String> jvm)
      throws IOException, InterruptedException {
    return start(directory(), dataDir, jvm, List.of());
  }

  /// Not the folder for temporary files, which may be memory.
  static Path directory() throws IOException {
    return Files.createTempDirectory(Path.of("target").toAbsolutePath(), "benchmark-");
  }

  /// The server that the service is compared with.
  static ServiceProcess bare() throws IOException, InterruptedException {
    int port = freePort();
    return start(directory(), port, List.of(), List.of(BareServer.class.getName(), "" + port));
  }

  private static ServiceProcess start(
      Path directory, Path dataDir, List<String> jvm, List<String> settings)
      throws IOException, InterruptedException {
    int port = freePort();
    var program = new ArrayList<String>();
    program.add("dev.rollbook.RollbookApplication");
    program.add("--server.port=" + port);
    program.add("--rollbook.data-dir=" + dataDir);
    program.addAll(settings);
    return start(directory, port, jvm, program);
  }

  /// @param program its main class and arguments
  private static ServiceProcess start(
      Path directory, int port, List<String> jvm, List<String> program)
      throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(program);
    var process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    var service = new ServiceProcess(process, port, directory);
    try {
      service.awaitStart();
      return service;
    } catch (IOException | RuntimeException failed) {
      service.close();
      throw failed;
    }
  }

  /// Processor time that the process has used.
  Duration cpu() {
    return process.info().totalCpuDuration().orElseThrow();
  }

  /// Time from the launch of the process until it accepted a connection.
  Duration startTime() {
    return start;
  }

  /// Processor time that the process had used when it accepted a connection.
  Duration startCpu() {
    return startCpu;
  }

  /// Waits until the process uses less than 5 % of a processor, so that work in the background is
  /// not taken for the cost of what is measured next.
  void awaitIdle() {
    var last = new AtomicReference<>(Duration.ZERO);
    await()
        .atMost(Duration.ofMinutes(10))
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> cpu().minus(last.getAndSet(cpu())).compareTo(Duration.ofMillis(50)) < 0);
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /// The body of a response.
  String get(String path) throws IOException, InterruptedException {
    var uri = URI.create("http://%s:%d%s".formatted(address().getHostString(), port, path));
    try (var client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    }
  }

  /// What the service holds in memory, or nothing where the system does not say.
  String resident() throws IOException {
    var status = Path.of("/proc", Long.toString(process.pid()), "status");
    if (!Files.exists(status)) {
      return "unknown";
    }
    try (var lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024 + " MiB")
          .findFirst()
          .orElse("unknown");
    }
  }

  private void awaitStart() throws IOException {
    await().atMost(START).until(() -> listens() || !process.isAlive());
    if (!process.isAlive()) {
      throw new IOException("did not start:\n" + Files.readString(directory.resolve("log")));
    }
    start = Duration.ofNanos(System.nanoTime() - launchedAt);
    startCpu = cpu();
  }

  private boolean listens() {
    try (var socket = new Socket()) {
      socket.connect(address());
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.destroy();
    if (!process.waitFor(40, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    FileSystemUtils.deleteRecursively(directory);
  }
}
