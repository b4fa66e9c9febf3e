package dev.rollbook.codex.watch;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.AbstractImportHttpTest;
import dev.rollbook.http.EventClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A running Codex is watched: new threads and lines appear in lists and event streams.
class WatchHttpTest extends AbstractImportHttpTest {
  private final String id = newThread();

  @BeforeEach
  void watchedHome() {
    home = watchedDir();
  }

  @Test
  void newThreadsAndLinesAppearInListsAndEventStreams() throws IOException {
    var file = write(id, meta(id), started(), user("hello"));
    await().until(() -> client.get(thread(id)).status() == 200);
    assertThat(client.get("/v1/threads?q=hello&limit=100").text()).contains(id);
    try (var events = EventClient.open(port, thread(id) + "/events?after=-1")) {
      append(file, agent("hi"), completed());

      await().until(() -> events.items().size() == 5);
      assertThat(events.items())
          .extracting(EventClient.Received::ordinal)
          .containsExactly(0L, 1L, 2L, 3L, 4L);
      await().until(() -> events.names().contains("turn/completed"));
    }
    var seen = client.get(thread(id));
    assertThat(seen.at("itemCount")).isEqualTo("5");
    assertThat(seen.at("turnCount")).isEqualTo("1");
    assertThat(seen.at("activeTurnId")).isEqualTo("null");
    assertThat(rolloutLines(id)).isEqualTo(Files.readAllLines(file));
    saveRows();
    assertThat(
            client.get(thread(id) + "/turns").json().path("data").path(0).path("status").asString())
        .isEqualTo("completed");
  }

  @Test
  void aLineIsImportedOnceComplete() throws IOException {
    var file = write(id, meta(id), user("hello"));
    await().until(() -> client.get(thread(id)).status() == 200);
    var line = agent("in two parts");
    Files.writeString(file, line.substring(0, 40), APPEND);
    var other = newThread();
    write(other, meta(other));
    await().until(() -> client.get(thread(other)).status() == 200);

    assertThat(client.get(thread(id)).at("itemCount")).isEqualTo("2");

    Files.writeString(file, line.substring(40) + "\n", APPEND);
    await().until(() -> client.get(thread(id)).at("itemCount").equals("3"));
    assertThat(rolloutLines(id)).endsWith(line);
    assertThat(Files.exists(quarantine(id))).isFalse();
  }

  @Test
  void archivingAndNamingInCodexAreFollowed() throws IOException {
    var file = write(id, meta(id), user("hello"));
    await().until(() -> client.get(thread(id)).status() == 200);
    Files.writeString(
        home.resolve("session_index.jsonl"),
        "{\"id\":\"%s\",\"thread_name\":\"named there\",\"updated_at\":\"2025-10-01T12:00:02Z\"}\n"
            .formatted(id),
        CREATE,
        APPEND);
    await().until(() -> client.get(thread(id)).at("name").equals("named there"));

    var archive = Files.createDirectories(home.resolve("archived_sessions"));
    var moved = Files.move(file, archive.resolve(file.getFileName()));
    await().until(() -> !client.get(thread(id)).at("archivedAt").equals("null"));

    Files.move(moved, file);
    await().until(() -> client.get(thread(id)).at("archivedAt").equals("null"));
    append(file, agent("back"));
    await().until(() -> client.get(thread(id)).at("itemCount").equals("3"));
  }

  @Test
  void aThreadContinuedHereIsStillWatched() throws IOException {
    var file = write(id, meta(id), user("hello"));
    await().until(() -> client.get(thread(id)).status() == 200);
    expect(200, client.patch(id, "{\"name\":\"mine\"}"));

    append(file, agent("one"));
    await().until(() -> client.get(thread(id)).at("itemCount").equals("4"));
    append(file, agent("two"));
    await().until(() -> client.get(thread(id)).at("itemCount").equals("5"));

    assertThat(client.get(thread(id)).at("nextOrdinal")).isEqualTo("5");
    assertThat(client.get(thread(id)).at("name")).isEqualTo("mine");
    assertThat(client.lines(id)).hasSize(5).doesNotHaveDuplicates();
  }

  @Test
  void aThreadDeletedHereStaysDeleted() throws IOException {
    var file = write(id, meta(id), user("hello"));
    await().until(() -> client.get(thread(id)).status() == 200);
    expect(204, client.delete(thread(id)));

    append(file, agent("one"));
    var other = newThread();
    write(other, meta(other));
    await().until(() -> client.get(thread(other)).status() == 200);

    assertThat(client.get(thread(id)).status()).isEqualTo(404);
  }

  @Test
  void nothingIsWrittenToTheWatchedHome() throws IOException {
    var file = write(id, meta(id), user("hello"), "torn {");
    var before = content();
    await().until(() -> client.get(thread(id)).status() == 200);
    expect(200, client.patch(id, "{\"name\":\"mine\"}"));
    expect(200, client.post(thread(id) + "/archive"));
    expect(204, client.delete(thread(id)));

    assertThat(content()).isEqualTo(before);
    assertThat(file).exists();
  }

  @Test
  void healthReportsTheStateOfTheWatch() {
    var health = client.get("/actuator/health").json().path("components").path("codexHome");

    assertThat(health.path("details").path("codexHome").asString()).isEqualTo(home.toString());
    assertThat(client.get("/actuator/prometheus").text())
        .contains("watch_threads", "watch_files_behind");
  }

  private Map<String, String> content() throws IOException {
    try (var files = Files.walk(home)) {
      return new TreeMap<>(
          files
              .filter(Files::isRegularFile)
              .collect(Collectors.toMap(Path::toString, WatchHttpTest::text)));
    }
  }

  private static String text(Path file) {
    try {
      return Files.getLastModifiedTime(file) + Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String started() {
    return line(
        "event_msg",
        "{\"type\":\"task_started\",\"turn_id\":\"01999999-0000-7000-8000-00000000000a\"}");
  }

  private static String completed() {
    return line(
        "event_msg",
        "{\"type\":\"task_complete\",\"turn_id\":\"01999999-0000-7000-8000-00000000000a\",\"last_agent_message\":null}");
  }

  private static void append(Path file, String... lines) throws IOException {
    Files.writeString(file, String.join("\n", lines) + "\n", APPEND);
  }
}
