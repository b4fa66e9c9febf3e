package dev.rollbook.packaged.monitoring;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.operating.Dashboard;
import dev.rollbook.operating.DocumentedMeter;
import dev.rollbook.operating.InstalledPrograms;
import dev.rollbook.operating.RepositoryFiles;
import dev.rollbook.packaged.PackagedService;
import dev.rollbook.packaged.postgres.PostgresServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/// The walk of the manual with three replicas, as a reader pastes it into a shell: a follower at
/// one replica goes on after the owner of its thread was killed. A real Prometheus watches.
class ClusterWalkIT {
  private static final String THREAD = "01a20400-0000-7000-8000-000000000009";

  @TempDir Path directory;

  /// A shell that runs one block of commands after the other, and its output.
  private record Shell(Process process, Path output) implements AutoCloseable {
    static Shell start(String name, Path directory) throws IOException {
      var program = InstalledPrograms.orSkip(name).toString();
      var output = directory.resolve("output");
      var builder =
          new ProcessBuilder(program, "-s")
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      var environment = builder.environment();
      environment.merge(
          "PATH", PackagedService.java().getParent().toString(), (path, java) -> java + ":" + path);
      // Three services start at the same time.
      environment.put("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
      return new Shell(builder.start(), output);
    }

    void run(String block) throws IOException {
      process.getOutputStream().write((block + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    }

    String text() throws IOException {
      return Files.readString(output);
    }

    void awaitLine(String... parts) {
      patiently()
          .untilAsserted(() ->
              assertThat(text().lines())
                  .as(text())
                  .anyMatch(line -> List.of(parts).stream().allMatch(line::contains)));
    }

    /// Leaves no process: what it has started are its children as long as it lives.
    @Override
    public void close() {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().onExit().join();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh"})
  void aFollowerGoesOnAfterTheOwnerOfItsThreadWasKilled(String name) throws Exception {
    InstalledPrograms.orSkip("curl");
    InstalledPrograms.orSkip("openssl");
    InstalledPrograms.orSkip("prometheus");
    int prefix = freePorts();
    try (var postgres = PostgresServer.create(directory.resolve("postgres"));
        var shell = Shell.start(name, directory)) {
      var blocks = blocks(prefix, postgres.port());
      shell.run("walk=" + Files.createDirectory(directory.resolve("walk")));
      shell.run(blocks.get(0));
      shell.run(blocks.get(1));
      shell.awaitLine("data: ", "before the kill");
      try (var prometheus = Prometheus.start(directory, prefix + 2, "none");
          var second = new RollbookClient(prefix + 2)) {
        assertReplicasAreMetered(prometheus, second);

        shell.run(blocks.get(2));
        shell.awaitLine("data: ", "after the kill");

        patiently().until(() -> prometheus.fired().contains("RollbookReplicaGone"));
      }
      shell.run(blocks.get(3));
      shell.awaitLine("\"cluster\":{", "\"state\":\"gone\"", "\"status\":\"DEGRADED\"");
      shell.run(blocks.get(4));
      shell.run("exit");
      assertThat(shell.process().waitFor(1, TimeUnit.MINUTES)).isTrue();

      assertThat(shell.text()).contains("\"status\":\"persisted\"").doesNotContain("not found");
      assertThat(ordinals(shell.text())).containsExactly("0", "1", "2");
      assertThat(directory.resolve("walk")).doesNotExist();
    }
  }

  /// The ordinals of the items that the follower got, in the order in which they arrived.
  private static List<String> ordinals(String output) {
    return output
        .lines()
        .filter(line -> line.startsWith("data: "))
        .map(line -> JsonMapper.shared().readTree(line.substring("data: ".length())))
        .filter(event -> event.has("item"))
        .map(event -> event.path("ordinal").asString())
        .toList();
  }

  private static void assertReplicasAreMetered(Prometheus prometheus, RollbookClient second) {
    var left = new ArrayList<>(Dashboard.ofRollbook().queries(PrometheusIT.VARIABLES));
    left.removeIf(query -> !query.isOfReplicas());
    assertThat(left).isNotEmpty();
    patiently()
        .untilAsserted(() -> {
          expect(200, second.get(thread(THREAD)));
          left.removeIf(query -> isAnswered(prometheus, query));
          assertThat(left).isEmpty();
        });
    assertThat(prometheus.query("max(cluster_replicas{state=\"alive\"})").getFirst().toString())
        .contains("\"3\"");
    var names =
        prometheus.series().stream()
            .map(labels -> labels.path("__name__").stringValue())
            .collect(Collectors.toSet());
    assertThat(DocumentedMeter.ofReplicas())
        .isNotEmpty()
        .allSatisfy(meter -> {
          assertThat(names).as(meter.name()).containsAnyElementsOf(meter.namesInPrometheus());
          PrometheusIT.assertSaysWhatItIs(second, meter);
        });
  }

  private static boolean isAnswered(Prometheus prometheus, Dashboard.Query query) {
    return prometheus.query(query.expression()).stream()
        .map(sample -> sample.path("value").path(1).stringValue())
        .anyMatch(value -> !value.equals("NaN"));
  }

  /// The blocks of the walk, without the one that starts PostgreSQL.
  private static List<String> blocks(int prefix, int database) {
    var walk =
        RepositoryFiles.page("cluster.md").shellBlocks().stream()
            .filter(block -> block.contains("$walk") || block.contains(":809"))
            .filter(block -> !block.contains("initdb"))
            .map(block ->
                block
                    .replace("127.0.0.1:8099", "127.0.0.1:" + database)
                    .replaceAll("\\b809(?=[1-3$])", String.valueOf(prefix / 10))
                    .replace("target/rollbook.jar", PackagedService.jar().toString())
                    .replaceAll("(?m)^pg_ctl .*$", ""))
            .toList();
    assertThat(walk).hasSize(5);
    return walk;
  }

  /// A number that ends with 0, and that is followed by three free ports.
  private static int freePorts() {
    var random = new Random();
    while (true) {
      int first = random.nextInt(1500, 3270) * 10;
      if (IntStream.rangeClosed(1, 3).allMatch(n -> isFree(first + n))) {
        return first;
      }
    }
  }

  private static boolean isFree(int port) {
    try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static ConditionFactory patiently() {
    return await().atMost(Duration.ofMinutes(2)).pollInterval(Duration.ofMillis(200));
  }
}
