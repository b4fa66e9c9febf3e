package dev.rollbook.packaged.torture;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.packaged.PackagedService;
import dev.rollbook.packaged.StoppablePostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// Deletions and imports that were acknowledged hold, however often and whenever the process is
/// killed.
///
/// Each round has clients that delete threads, send rollouts and ask for imports, and a pass of
/// retention beside them. The process is killed after a random number of answers; the next one is
/// asked at once, while it still compares files with rows.
///
/// `-Drollbook.torture.seed=` runs the same rounds again.
class DeletionTortureIT {
  private static final int ROUNDS =
      Math.max(1, Integer.getInteger("rollbook.torture.rounds", 1) / 4);
  private static final long SEED =
      Long.getLong("rollbook.torture.seed", new Random().nextInt(1_000_000));
  private static final int THREADS = 16;
  private static final int AGED = 8;
  private static final int IMPORTS = 6;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path dataDir;

  @TempDir Path logs;
  @TempDir Path home;
  @TempDir Path database;

  private final Random random = new Random(SEED);
  private final Set<String> deleted = ConcurrentHashMap.newKeySet();
  private final Set<String> untouched = new LinkedHashSet<>();

  /// Ids of imports, and the threads that they bring.
  private final Map<String, String> imports = new ConcurrentHashMap<>();

  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private PackagedService service;

  @AfterEach
  void stop() {
    if (service != null) {
      service.close();
    }
  }

  @Test
  void noDeletedThreadReturnsAndNoImportIsLostOnH2() throws Exception {
    run(
        "jdbc:h2:file:"
            + dataDir.resolve("state-db")
            + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;USER=rollbook",
        "");
  }

  /// H2 loses the last half second of its rows in a kill, PostgreSQL none: each build proves the
  /// harder case.
  @Test
  @EnabledIfSystemProperty(
      named = "rollbook.torture.rounds",
      matches = "\\d+",
      disabledReason = "with PostgreSQL before a release only")
  void noDeletedThreadReturnsAndNoImportIsLostOnPostgres() throws Exception {
    try (var postgres = new StoppablePostgres(database)) {
      run(postgres.url(), "export SPRING_DATASOURCE_URL='%s';".formatted(postgres.url()));
    }
  }

  private void run(String url, String shell) throws Exception {
    System.out.printf("deletion torture: %d rounds with seed %d%n", ROUNDS, SEED);
    var settings =
        shell
            + "export ROLLBOOK_RETENTION_DELETED_AFTER=1d ROLLBOOK_IMPORT_ROOTS='%s';"
                .formatted(home);
    service = PackagedService.start(dataDir, logs, settings);
    var aged = archivedThreads();
    for (int round = 1; round <= ROUNDS; round++) {
      kill();
      age(url, aged);
      service = PackagedService.start(dataDir, logs, settings);
      check(round);
      var threads = threads();
      aged = archivedThreads();
      use(threads);
      kill();
      service = PackagedService.start(dataDir, logs, settings);
      check(round);
    }
    checkFiles();
    assertThat(service.stderr()).isEmpty();
    System.out.printf(
        "deletion torture: %d deletions and %d imports acknowledged%n",
        deleted.size(), imports.size());
    assertThat(deleted).isNotEmpty();
    assertThat(imports).isNotEmpty();
  }

  private void kill() throws InterruptedException {
    service.sigkill();
    service.awaitExit();
    assertThat(service.stdout()).noneMatch(line -> line.contains(" ERROR "));
  }

  private List<String> threads() {
    var client = service.client();
    var threads = new ArrayList<String>();
    for (int i = 0; i < THREADS; i++) {
      var id = client.startThread();
      say(client, id);
      if (i % 3 == 0) {
        expect(200, client.post(thread(id) + "/archive"));
      }
      threads.add(id);
    }
    untouched.add(threads.removeLast());
    return threads;
  }

  private List<String> archivedThreads() {
    var client = service.client();
    var threads = new ArrayList<String>();
    for (int i = 0; i < AGED; i++) {
      var id = client.startThread();
      say(client, id);
      expect(200, client.post(thread(id) + "/archive"));
      threads.add(id);
    }
    return threads;
  }

  private static void say(RollbookClient client, String thread) {
    var item =
        "{\"items\":[{\"type\":\"event_msg\",\"payload\":{\"type\":\"agent_message\",\"message\":\"%s\"}}]}"
            .formatted(word(thread));
    expect(200, client.post(thread(thread) + "/items", item));
  }

  private static String word(String thread) {
    return "secret" + thread.replace("-", "");
  }

  /// Makes threads old enough for retention while no service runs.
  private static void age(String url, List<String> threads) throws SQLException {
    try (var connection = DriverManager.getConnection(url);
        var update =
            connection.prepareStatement(
                "UPDATE thread SET archived_at = ?, updated_at = ? WHERE id = ?")) {
      for (var thread : threads) {
        var longAgo = OffsetDateTime.now().minusYears(1);
        update.setObject(1, longAgo);
        update.setObject(2, longAgo);
        update.setObject(3, UUID.fromString(thread));
        update.executeUpdate();
      }
      if (url.startsWith("jdbc:h2:")) {
        // The service has told the database to stay open when nobody is connected.
        try (var shutdown = connection.createStatement()) {
          shutdown.execute("SHUTDOWN");
        }
      }
    }
  }

  /// Everybody at once, until the process is killed after one of their answers.
  private void use(List<String> threads) throws Exception {
    var client = service.client();
    var killAfter = new AtomicInteger(1 + random.nextInt(threads.size() + 2 * IMPORTS));
    var work = new ArrayList<Runnable>();
    threads.forEach(thread -> work.add(() -> delete(client, thread)));
    for (int i = 0; i < IMPORTS; i++) {
      work.add(() -> send(client));
      work.add(() -> importFile(client));
    }
    work.add(() -> client.post("/actuator/retention", "{\"dryRun\":false}"));
    Collections.shuffle(work, random);
    var running = work.stream().map(each -> running(each, killAfter)).toList();
    for (var each : running) {
      each.join();
    }
    assertThat(failures).isEmpty();
  }

  private Thread running(Runnable work, AtomicInteger killAfter) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            work.run();
          } catch (UncheckedIOException cutOff) {
            return;
          } catch (RuntimeException | AssertionError failed) {
            failures.add(failed);
          }
          // Not before there is something of each kind to look for afterwards.
          if (killAfter.decrementAndGet() <= 0 && !deleted.isEmpty() && !imports.isEmpty()) {
            service.sigkill();
          }
        });
  }

  private void delete(RollbookClient client, String thread) {
    expect(204, client.delete(thread(thread)));
    deleted.add(thread);
  }

  private void send(RollbookClient client) {
    var thread = UUID.randomUUID().toString();
    var body = rollout(thread).getBytes(StandardCharsets.UTF_8);
    var sent = client.send("POST", "/v1/imports", body, "content-type", "application/x-ndjson");
    imports.put(expect(202, sent).at("id"), thread);
  }

  private void importFile(RollbookClient client) {
    var thread = UUID.randomUUID().toString();
    var file = home.resolve("rollout-2025-10-01T12-00-00-%s.jsonl".formatted(thread));
    try {
      Files.writeString(file, rollout(thread));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    var sent = client.post("/v1/imports", "{\"path\":\"%s\"}".formatted(file));
    imports.put(expect(202, sent).at("id"), thread);
  }

  private static String rollout(String thread) {
    return """
    {"timestamp":"2025-10-01T12:00:00.000Z","type":"session_meta","payload":{"id":"%s",\
    "timestamp":"2025-10-01T12:00:00.000Z","cwd":"/x","originator":"codex","cli_version":"1",\
    "source":"cli"}}
    {"timestamp":"2025-10-01T12:00:01.000Z","type":"event_msg","payload":{"type":"user_message",\
    "message":"hello"}}
    """
        .formatted(thread);
  }

  /// Asks at once, and again when files and rows were compared.
  private void check(int round) throws IOException {
    readReceipts();
    var client = service.client();
    checkDeleted(client, round);
    for (var each : imports.entrySet()) {
      assertThat(client.get("/v1/imports/" + each.getKey()).status())
          .as("import %s in round %d of seed %d", each.getKey(), round, SEED)
          .isEqualTo(200);
    }
    await()
        .atMost(PATIENCE)
        .until(() -> {
          var state = client.get("/actuator/reconcile").json();
          return state.path("running").isNull() && !state.path("last").isNull();
        });
    checkDeleted(client, round);
    for (var each : imports.entrySet()) {
      await()
          .atMost(PATIENCE)
          .until(() -> client.get("/v1/imports/" + each.getKey()).at("status").equals("done"));
      assertThat(client.lines(each.getValue())).hasSize(2);
    }
    for (var thread : untouched) {
      assertThat(client.lines(thread)).hasSize(2);
    }
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          try (var left = Files.list(dataDir.resolve("imports"))) {
            assertThat(left).isEmpty();
          } catch (NoSuchFileException none) {
            assertThat(imports).isEmpty();
          }
        });
    // What was checked to its end stays; later rounds have enough of their own.
    imports.keySet().removeIf(id -> imports.size() > 10 * IMPORTS);
  }

  private void checkDeleted(RollbookClient client, int round) {
    for (var thread : deleted) {
      assertThat(client.get(thread(thread)).status())
          .as("thread %s in round %d of seed %d", thread, round, SEED)
          .isEqualTo(404);
    }
    for (var archived : List.of("false", "true")) {
      var list = client.get("/v1/threads?limit=100&sort=createdAt&archived=" + archived);
      assertThat(list.json().path("data").findValuesAsString("id")).noneMatch(deleted::contains);
    }
    for (var thread : deleted.stream().skip(Math.max(0, deleted.size() - THREADS)).toList()) {
      assertThat(client.get("/v1/search?q=" + word(thread)).json().path("data")).isEmpty();
    }
  }

  /// What a receipt says is deleted is held to it like an answer.
  private void readReceipts() throws IOException {
    var directory = dataDir.resolve("retention");
    if (Files.isDirectory(directory)) {
      try (var files = Files.list(directory)) {
        for (var file : files.toList()) {
          for (var line : Files.readAllLines(file)) {
            if (line.contains("\"step\":\"deleted\"")) {
              deleted.add(JsonMapper.shared().readTree(line).path("id").stringValue());
            }
          }
        }
      }
    }
  }

  private void checkFiles() throws IOException {
    for (var directory : List.of("sessions", "archived_sessions")) {
      try (var files = Files.walk(dataDir.resolve(directory))) {
        assertThat(files)
            .noneMatch(file -> deleted.stream().anyMatch(id -> file.toString().contains(id)));
      }
    }
  }
}
