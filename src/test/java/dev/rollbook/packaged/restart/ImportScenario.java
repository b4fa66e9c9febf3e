package dev.rollbook.packaged.restart;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

/// An import continues after a kill, and its threads are still there without the state-db.
final class ImportScenario extends RestartScenario {
  private static final int THREADS = 200;
  private static final int LINES = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path home;
  private String location = "";

  /// @param home an empty directory that the service may import from
  ImportScenario(Path home) {
    this.home = home;
  }

  @Override
  void firstRun() throws IOException {
    writeHome();
    location = startImport();
  }

  @Override
  void beforeTheKill() {
    await().atMost(PATIENCE).until(() -> done(location) >= THREADS / 4);
  }

  @Override
  void secondRun() throws IOException {
    awaitDone(location);

    assertThat(client.get(location).at("files", "failed")).isEqualTo("0");
    assertThat(done(location)).isEqualTo(THREADS);
    assertEverythingIsThereOnce();
  }

  @Override
  void runWithoutTheOldStateDb() throws IOException {
    await().atMost(PATIENCE).until(() -> named() == THREADS);
    assertEverythingIsThereOnce();
    var again = startImport();
    awaitDone(again);
    assertThat(client.get(again).at("items")).isEqualTo("0");
    assertEverythingIsThereOnce();
  }

  private String startImport() {
    return expect(202, client.post("/v1/imports", "{\"path\":\"%s\"}".formatted(home)))
        .header("location");
  }

  private void awaitDone(String location) {
    await().atMost(PATIENCE).until(() -> client.get(location).at("status").equals("done"));
  }

  private long done(String location) {
    return client.get(location).json().path("files").path("done").longValue();
  }

  private long named() {
    long named = 0;
    var cursor = "";
    do {
      var page = client.get("/v1/threads?limit=100&sort=createdAt" + cursor).json();
      for (var thread : page.path("data")) {
        named += thread.path("name").asString("").startsWith("thread ") ? 1 : 0;
      }
      cursor =
          page.path("nextCursor").isNull()
              ? ""
              : "&cursor=" + page.path("nextCursor").stringValue();
    } while (!cursor.isEmpty());
    return named;
  }

  private void assertEverythingIsThereOnce() throws IOException {
    assertThat(named()).isEqualTo(THREADS);
    for (int i = 0; i < THREADS; i += 37) {
      var id = id(i).toString();
      assertThat(client.lines(id)).hasSize(LINES);
      var found = client.get(thread(id));
      assertThat(found.at("itemCount")).isEqualTo(Integer.toString(LINES));
      assertThat(Files.readAllLines(dataDir.resolve(found.at("rollout", "path"))))
          .isEqualTo(lines(i));
    }
  }

  private void writeHome() throws IOException {
    var day = Files.createDirectories(home.resolve("sessions/2025/10/01"));
    var names = new ArrayList<String>();
    for (int i = 0; i < THREADS; i++) {
      var file = day.resolve("rollout-2025-10-01T12-00-00-%s.jsonl".formatted(id(i)));
      Files.write(file, lines(i));
      if (i % 2 == 0) {
        Files.write(Path.of(file + ".zst"), Zstd.compress(Files.readAllBytes(file)));
        Files.delete(file);
      }
      names.add("{\"id\":\"%s\",\"thread_name\":\"thread %d\"}".formatted(id(i), i));
    }
    Files.write(home.resolve("session_index.jsonl"), names);
  }

  private static List<String> lines(int thread) {
    return IntStream.range(0, LINES).mapToObj(line -> line(thread, line)).toList();
  }

  private static String line(int thread, int line) {
    var payload =
        line == 0
            ? "{\"id\":\"%s\",\"timestamp\":\"2025-10-01T12:00:00.000Z\",\"cwd\":\"/\",\"originator\":\"codex\",\"cli_version\":\"0.44.0\"}"
                .formatted(id(thread))
            : "{\"type\":\"user_message\",\"message\":\"%d of %d\"}".formatted(line, thread);
    return "{\"timestamp\":\"2025-10-01T12:00:%02d.000Z\",\"type\":\"%s\",\"payload\":%s}"
        .formatted(line, line == 0 ? "session_meta" : "event_msg", payload);
  }

  private static UUID id(int thread) {
    return new UUID(0x0199_9999_0000_7000L, 0x8000_0000_0000_0000L | thread);
  }
}
