package dev.rollbook.codex.ingest;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.AbstractImportHttpTest;
import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.json.JsonMapper;

/// The later of two names of a thread wins, wherever it was given; archiving in Codex is followed
/// by the next import.
class ImportedNamesHttpTest extends AbstractImportHttpTest {
  private static final String LONG_AGO = "2025-10-02T00:00:00Z";
  private static final String IN_YEARS = "2999-01-01T00:00:00Z";

  private final String id = newThread();
  @Autowired JdbcTemplate stateDb;

  @Test
  void theLastNameThatIsNotBlankWins() throws IOException {
    write(id, meta(id), user("hello"));
    named(home, "first", "2025-10-01T13:00:00Z");
    named(home, "second", "2025-10-01T12:00:00Z");
    named(home, "  ", "2025-10-01T14:00:00Z");
    index(home, "{\"id\":\"%s\",\"thread_name\":null}".formatted(id));
    index(home, "{\"id\":\"%s\",\"thread_name\":\"torn".formatted(id));

    importHome();

    assertThat(name()).isEqualTo("second");
  }

  @Test
  void aLaterNameInTheIndexReplacesTheNameInTheRollout() throws IOException {
    var other = newThread();
    write(id, meta(id), user("hello"), note(id, "in the rollout"), note(id, " "));
    write(other, meta(other), user("hello"), note(other, "in the rollout"));
    named(home, "later", LONG_AGO);
    index(home, entry(other, "earlier", "2025-09-01T00:00:00Z"));

    importHome();

    assertThat(name()).isEqualTo("later");
    assertThat(client.get(thread(other)).at("name")).isEqualTo("in the rollout");
  }

  @Test
  void aNameGivenInCodexIsImportedUnlessRenamedHereLater() throws IOException {
    var file = write(id, meta(id), user("hello"));
    importHome();
    assertThat(name()).isEqualTo("null");
    index(home, entry(id, "without a time", null));
    assertThat(importHome().at("files", "unchanged")).isEqualTo("1");
    assertThat(name()).isEqualTo("without a time");
    index(home, entry(id, "again without a time", null));
    importHome();
    assertThat(name()).isEqualTo("again without a time");

    patch("{\"name\":\"here\"}");
    named(home, "there before", LONG_AGO);
    importHome();
    assertThat(name()).isEqualTo("here");

    named(home, "there", IN_YEARS);
    importHome();
    assertThat(name()).isEqualTo("there");

    // The clock there is wrong; it was named here after that all the same.
    patch("{\"name\":\"here again\"}");
    Files.writeString(file, agent("more") + "\n", APPEND);
    importHome();
    assertThat(name()).isEqualTo("here again");

    patch("{\"name\":null}");
    importHome();
    assertThat(name()).isEqualTo("null");
  }

  @Test
  void aNameInANewLineIsImported() throws IOException {
    var file = write(id, meta(id), user("hello"), note(id, "one"));
    importHome();
    Files.writeString(file, note(id, "two") + "\n", APPEND);
    importHome();

    assertThat(name()).isEqualTo("two");
  }

  @Test
  void theLaterNameIsRebuiltFromTheRolloutAlone() throws IOException {
    write(id, meta(id), user("hello"));
    named(home, "there", LONG_AGO);
    importHome();
    patch("{\"name\":\"here\"}");
    unload(id);
    stateDb.update(
        "UPDATE thread SET rollout_bytes = 1, revision = 0, name = 'there', named_at = ? WHERE id = ?",
        java.time.Instant.parse(LONG_AGO).atOffset(java.time.ZoneOffset.UTC),
        UUID.fromString(id));
    expect(200, client.post(thread(id) + "/items", RollbookClient.body("1")));

    assertThat(name()).isEqualTo("here");
    importHome();
    assertThat(name()).isEqualTo("here");
  }

  @Test
  void anExportLeavesALaterNameAlone() throws IOException {
    write(id, meta(id), user("hello"), note(id, "in the rollout"));
    importHome();
    named(codexHome(), "later", LONG_AGO);
    named(codexHome(), "", IN_YEARS);
    var before = Files.readString(codexHome().resolve("session_index.jsonl"));
    export();
    assertThat(Files.readString(codexHome().resolve("session_index.jsonl"))).isEqualTo(before);

    patch("{\"name\":\"here\"}");
    export();
    export();
    var added =
        Files.readString(codexHome().resolve("session_index.jsonl")).substring(before.length());
    assertThat(added.lines()).singleElement().asString().contains("\"here\"");
    var at = JsonMapper.shared().readTree(added).path("updated_at").asString();
    assertThat(rolloutLines(id)).last().asString().contains("\"" + at + "\"", "\"here\"");
  }

  @Test
  void archivingInCodexIsFollowedByTheNextImportBothWays() throws IOException {
    var file = write(id, meta(id), user("hello"));
    importHome();
    var archive = Files.createDirectories(home.resolve("archived_sessions"));
    var moved = Files.move(file, archive.resolve(file.getFileName()));
    importHome();
    assertThat(archivedAt()).isNotEqualTo("null");
    assertThat(importHome().at("files", "unchanged")).isEqualTo("1");

    expect(200, client.post(thread(id) + "/unarchive"));
    importHome();
    assertThat(archivedAt()).isEqualTo("null");

    Files.move(moved, file);
    importHome();
    assertThat(archivedAt()).isEqualTo("null");
    Files.move(file, moved);
    importHome();
    assertThat(archivedAt()).isNotEqualTo("null");
    Files.move(moved, file);
    importHome();
    assertThat(archivedAt()).isEqualTo("null");

    expect(200, client.post(thread(id) + "/archive"));
    Files.delete(file);
    write(id, meta(id), user("hello"), note(id, "new"));
    importHome();
    assertThat(archivedAt()).isNotEqualTo("null");
  }

  @Test
  void theWatchImportsTheLaterName() throws IOException {
    home = watchedDir();
    write(id, meta(id), user("hello"), note(id, "in the rollout"));
    named(home, "there", LONG_AGO);
    await().until(() -> client.get(thread(id)).status() == 200 && name().equals("there"));

    patch("{\"name\":\"here\"}");
    named(home, "there before", "2025-10-03T00:00:00Z");
    named(home, "there later", IN_YEARS);
    await().until(() -> name().equals("there later"));
    patch("{\"name\":\"here later\"}");
    var other = newThread();
    write(other, meta(other));
    index(home, entry(other, "of the other", LONG_AGO));
    await().until(() -> client.get(thread(other)).at("name").equals("of the other"));

    assertThat(name()).isEqualTo("here later");
  }

  private String name() {
    return client.get(thread(id)).at("name");
  }

  private String archivedAt() {
    return client.get(thread(id)).at("archivedAt");
  }

  private void patch(String body) {
    expect(
        200,
        client.send("PATCH", thread(id), body.getBytes(UTF_8), "content-type", "application/json"));
  }

  private void export() {
    expect(
        200, client.post(thread(id) + "/export", "{\"codexHome\":\"%s\"}".formatted(codexHome())));
  }

  private void named(Path in, String name, String at) throws IOException {
    index(in, entry(id, name, at));
  }

  private static String entry(String thread, String name, String at) {
    return "{\"id\":\"%s\",\"thread_name\":\"%s\"%s}"
        .formatted(thread, name, at == null ? "" : ",\"updated_at\":\"" + at + "\"");
  }

  private static void index(Path in, String line) throws IOException {
    Files.writeString(in.resolve("session_index.jsonl"), line + "\n", CREATE, APPEND);
  }

  private static String note(String thread, String name) {
    return line(
        "event_msg",
        "{\"type\":\"thread_name_updated\",\"thread_id\":\"%s\",\"thread_name\":\"%s\"}"
            .formatted(thread, name));
  }
}
