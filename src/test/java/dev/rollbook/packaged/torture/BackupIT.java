package dev.rollbook.packaged.torture;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.operating.InstalledPrograms;
import dev.rollbook.operating.RepositoryFiles;
import dev.rollbook.packaged.PackagedService;
import dev.rollbook.packaged.postgres.PostgresServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands of the manual for backup and restore, while clients append: the restored database
/// has the history of one moment, to the byte.
class BackupIT {
  private static final String DATABASE = "rollbook";
  private static final int TEST_VERSION = 18;
  private static final int SOME = 200;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path directory;

  @Test
  void aRestoredBackupHasTheHistoryOfOneMomentAndIsAppendedTo() throws Exception {
    try (var postgres = server()) {
      postgres.execute("CREATE ROLE rollbook LOGIN CREATEDB");
      postgres.execute("CREATE DATABASE rollbook OWNER rollbook");
      var before = new HashMap<String, String>();
      var after = new HashMap<String, String>();
      try (var service = start(postgres, DATABASE)) {
        var load = SteadyLoad.start(service.client(), 1);
        try {
          load.awaitPersisted(SOME);
          load.threads().stream()
              .filter(ThreadJournal::isAcknowledged)
              .map(ThreadJournal::id)
              .forEach(id -> before.put(id, rollout(service.client(), id)));
          backUpAndRestore(postgres);
          load.awaitPersisted(1);
          load.stop();
        } finally {
          load.end();
        }
        before.keySet().forEach(id -> after.put(id, rollout(service.client(), id)));
      }
      try (var restored = start(postgres, "bash")) {
        assertOneMoment(restored.client(), before, after);
        before.keySet().forEach(id -> assertIsAppendedTo(restored.client(), id));
      }
    }
  }

  /// In both shells; the restored databases are named after them.
  private void backUpAndRestore(PostgresServer postgres) throws Exception {
    for (var shell : new String[] {"bash", "zsh"}) {
      var program = InstalledPrograms.orSkip(shell);
      var commands =
          commands()
              .replace("HOST", "127.0.0.1:" + postgres.port())
              .replace("restored", shell)
              .replace("rollbook.dump", directory.resolve(shell + ".dump").toString());
      var output = directory.resolve(shell);

      int exit =
          InstalledPrograms.end(
              new ProcessBuilder(program.toString(), "-e", "-c", commands), output, 120);

      assertThat(exit).as(Files.readString(output)).isZero();
      assertThat(Files.readString(output)).isEmpty();
    }
  }

  private static void assertOneMoment(
      RollbookClient restored, Map<String, String> before, Map<String, String> after) {
    before.forEach((id, earlier) -> {
      var now = rollout(restored, id);
      assertThat(now).startsWith(earlier);
      assertThat(after.get(id)).startsWith(now);
      // Rows may be a quarter of a second behind, and are compared with the rollouts at the start.
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> {
            var row = expect(200, restored.get(thread(id)));
            assertThat(row.at("itemCount")).isEqualTo("" + now.lines().count());
            assertThat(row.at("completeness")).isEqualTo("complete");
          });
    });
  }

  private static void assertIsAppendedTo(RollbookClient restored, String id) {
    long lines = rollout(restored, id).lines().count();
    var receipt = expect(200, restored.post(thread(id) + "/items", body("1")));
    assertThat(receipt.at("persistence", "status")).isEqualTo("persisted");
    assertThat(receipt.at("firstOrdinal")).isEqualTo("" + lines);
  }

  private static String rollout(RollbookClient client, String id) {
    return expect(200, client.get(thread(id) + "/rollout")).text();
  }

  private static String commands() {
    return RepositoryFiles.manual().stream()
        .flatMap(page -> page.shellBlocks().stream())
        .filter(block -> block.contains("pg_dump"))
        .findFirst()
        .orElseThrow();
  }

  private PackagedService start(PostgresServer postgres, String database) throws Exception {
    return PackagedService.start(
        directory.resolve("data-" + database),
        Files.createDirectories(directory.resolve("logs")),
        "ROLLBOOK_STORAGE=database SPRING_DATASOURCE_USERNAME=rollbook SPRING_DATASOURCE_URL='%s'"
            .formatted("jdbc:postgresql://127.0.0.1:%d/%s".formatted(postgres.port(), database)));
  }

  /// A server that the installed `pg_dump` can read: it refuses later versions than its own.
  private PostgresServer server() throws Exception {
    var dump = InstalledPrograms.orSkip("pg_dump");
    InstalledPrograms.orSkip("pg_restore");
    InstalledPrograms.orSkip("createdb");
    int version = version(dump);
    var installed =
        Stream.of(
                dump.toRealPath().getParent(),
                Path.of("/usr/lib/postgresql/%d/bin".formatted(version)))
            .filter(programs -> Files.isExecutable(programs.resolve("initdb")))
            .findFirst();
    assumeTrue(
        installed.isPresent() || version >= TEST_VERSION,
        "pg_dump %d is installed, but no PostgreSQL that it can read".formatted(version));
    var home = directory.resolve("postgres");
    return installed.isPresent()
        ? PostgresServer.create(installed.get(), home)
        : PostgresServer.create(home);
  }

  private int version(Path dump) throws Exception {
    var output = directory.resolve("version");
    InstalledPrograms.end(new ProcessBuilder(dump.toString(), "--version"), output, 60);
    var text = Files.readString(output, StandardCharsets.UTF_8);
    var found = Pattern.compile("(\\d+)\\.\\d+").matcher(text);
    assertThat(found.find()).as(text).isTrue();
    return Integer.parseInt(found.group(1));
  }
}
