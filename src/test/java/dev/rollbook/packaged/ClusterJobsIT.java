package dev.rollbook.packaged;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.packaged.postgres.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// What a replica does for another one: it finds what that one has written, and after a kill, it
/// goes on with its imports and brings up the rows of its threads.
class ClusterJobsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int FILES = 300;
  private static final int LINES = 20;
  private static final String SECRET = "a secret of tests, of 32 bytes and more";

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path database;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path dataDirs;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path logs;

  @TempDir Path home;
  @TempDir Path onlyOfTheFirst;

  private PostgresServer postgres;
  private PackagedService first;
  private PackagedService second;
  private RollbookClient atFirst;
  private RollbookClient atSecond;

  @BeforeEach
  void start() throws IOException {
    postgres = PostgresServer.create(database);
    first = launch(home + "," + onlyOfTheFirst);
    second = launch(home.toString());
    atFirst = first.client();
    atSecond = second.client();
  }

  @AfterEach
  void close() {
    Stream.of(first, second).filter(service -> service != null).forEach(PackagedService::close);
    postgres.close();
  }

  private PackagedService launch(String roots) throws IOException {
    int port = PostgresServer.freePort();
    var environment =
        ("ROLLBOOK_STORAGE=database ROLLBOOK_CLUSTER_PREVIEW=true ROLLBOOK_CLUSTER_SECRET='%s'"
                + " ROLLBOOK_CLUSTER_ADDRESS=http://127.0.0.1:%d SPRING_DATASOURCE_URL='%s'"
                + " ROLLBOOK_IMPORT_ROOTS='%s'")
            .formatted(SECRET, port, PostgresServer.url(postgres.port()), roots);
    return PackagedService.launch(
        Files.createTempDirectory(dataDirs, "data"), logs, environment, port);
  }

  @Test
  void aReplicaDoesTheWorkOfAnotherOne() throws Exception {
    findsWhatTheOtherOneWrites();
    cancelsAnImportOfTheOtherOne();
    var imported = startImport(atFirst, home, 0, FILES);
    var unavailable = startImport(atFirst, onlyOfTheFirst, FILES, 1);
    await().atMost(PATIENCE).until(() -> done(atSecond, imported) > FILES / 10);
    assertThat(atSecond.get(imported).at("status")).isEqualTo("running");
    var threads = appendAndKillTheFirst();

    goesOnWith(imported, unavailable);
    bringsUpRows(threads);

    assertThat(second.stop()).isEqualTo(143);
    assertThat(second.stderr()).isEmpty();
    assertThat(second.stdout()).noneMatch(line -> line.contains(" ERROR "));
  }

  private void findsWhatTheOtherOneWrites() {
    var id = atFirst.startThread("{\"name\":\"heron\"}");
    expect(200, append(atFirst, id, "kingfisher"));
    await().atMost(PATIENCE).until(() -> hits("kingfisher") == 1);
    await().atMost(PATIENCE).until(() -> listed("heron") == 1);

    expect(200, atFirst.patch(id, "{\"name\":\"bittern\"}"));
    assertThat(listed("bittern")).isEqualTo(1);
    assertThat(listed("heron")).isZero();

    await().atMost(PATIENCE).until(() -> indexed() == 1);
    expect(204, atFirst.delete(thread(id)));
    assertThat(hits("kingfisher")).isZero();
    await().atMost(PATIENCE).until(() -> indexed() == 0);
  }

  private void cancelsAnImportOfTheOtherOne() throws IOException {
    var location = startImport(atFirst, home, 2 * FILES, FILES);
    await().atMost(PATIENCE).until(() -> done(atSecond, location) > 0);

    expect(200, atSecond.post(location + "/cancel"));

    await().atMost(PATIENCE).until(() -> status(atSecond, location).equals("cancelled"));
    assertThat(status(atFirst, location)).isEqualTo("cancelled");
    assertThat(done(atSecond, location)).isBetween(1L, FILES - 1L);
  }

  /// The rows of the threads lack what was appended last: they are written a little later.
  private List<String> appendAndKillTheFirst() throws InterruptedException {
    var threads = new ArrayList<String>();
    for (int n = 0; n < 10; n++) {
      threads.add(atFirst.startThread("{}"));
    }
    for (var id : threads) {
      expect(200, append(atFirst, id, "cormorant"));
    }
    first.sigkill();
    first.awaitExit();
    return threads;
  }

  private void goesOnWith(String imported, String unavailable) throws IOException {
    await().atMost(PATIENCE).until(() -> status(atSecond, imported).equals("done"));
    assertThat(done(atSecond, imported)).isEqualTo(FILES);
    assertThat(atSecond.get(imported).at("files", "failed")).isEqualTo("0");
    for (int n = 0; n < FILES; n += 37) {
      var found = atSecond.get(thread(id(n)));
      assertThat(found.at("itemCount")).isEqualTo(Integer.toString(LINES));
      assertThat(atSecond.lines(id(n))).hasSize(LINES);
    }
    await().atMost(PATIENCE).until(() -> hits("word%d".formatted(FILES - 1)) == 1);

    await().atMost(PATIENCE).until(() -> status(atSecond, unavailable).equals("failed"));
    assertThat(atSecond.get(unavailable).at("error")).contains("no other one can read its path");
  }

  private void bringsUpRows(List<String> threads) {
    await()
        .atMost(PATIENCE)
        .until(() ->
            postgres
                .query(
                    "SELECT count(*) FROM thread_owner WHERE owner NOT IN"
                        + " (SELECT id FROM replica WHERE address LIKE '%%:%d')"
                            .formatted(second.port()))
                .equals("0"));
    for (var id : threads) {
      assertThat(postgres.query("SELECT item_count FROM thread WHERE id = '%s'".formatted(id)))
          .isEqualTo("2");
    }
    await().atMost(PATIENCE).until(() -> hits("cormorant") == threads.size());
  }

  private String startImport(RollbookClient client, Path root, int begin, int files)
      throws IOException {
    var directory = Files.createTempDirectory(root, "import");
    for (int n = begin; n < begin + files; n++) {
      Files.write(
          directory.resolve("rollout-2025-10-01T12-00-00-%s.jsonl".formatted(id(n))), lines(n));
    }
    return expect(202, client.post("/v1/imports", "{\"path\":\"%s\"}".formatted(directory)))
        .header("location");
  }

  private static String id(int number) {
    return new UUID(0x0199_9999_0000_7000L, 0x8000_0000_0000_0000L + number).toString();
  }

  private static List<String> lines(int number) {
    var lines = new ArrayList<String>();
    lines.add(
        """
        {"timestamp":"2025-10-01T12:00:00.000Z","type":"session_meta","payload":{"id":"%s",\
        "timestamp":"2025-10-01T12:00:00.000Z","cwd":"/","originator":"codex_cli_rs",\
        "cli_version":"0.44.0","source":"cli"}}\
        """
            .formatted(id(number)));
    for (int n = 1; n < LINES; n++) {
      lines.add(
          """
          {"timestamp":"2025-10-01T12:00:%02d.000Z","type":"response_item","payload":\
          {"type":"message","role":"user","content":[{"type":"input_text","text":"%s"}]}}\
          """
              .formatted(n, n == 1 ? "word" + number : "other"));
    }
    return lines;
  }

  private static String status(RollbookClient client, String location) {
    return expect(200, client.get(location)).at("status");
  }

  private static long done(RollbookClient client, String location) {
    return expect(200, client.get(location)).json().path("files").path("done").longValue();
  }

  private static RollbookClient.Answer append(RollbookClient client, String id, String text) {
    return client.post(
        thread(id) + "/items",
        """
        {"items":[{"id":"%s","type":"response_item","payload":{"type":"message","role":"user",\
        "content":[{"type":"input_text","text":"%s"}]}}]}\
        """
            .formatted(UUID.randomUUID(), text));
  }

  private int hits(String word) {
    return expect(200, atSecond.get("/v1/search?limit=100&q=" + word)).json().path("data").size();
  }

  private int listed(String text) {
    return expect(200, atSecond.get("/v1/threads?q=" + text)).json().path("data").size();
  }

  private long indexed() {
    return expect(200, atSecond.get("/actuator/searchindex")).json().path("threads").longValue();
  }
}
