package dev.rollbook.codex.ingest;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.AbstractImportHttpTest;
import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// Rollouts written by other programs become threads.
class ImportHttpTest extends AbstractImportHttpTest {
  private final String id = newThread();

  @Test
  void anImportedThreadKeepsItsIdTimesAndDirectory() throws IOException {
    write(
        id,
        meta(
            id,
            ",\"git\":{\"commit_hash\":\"abc\",\"branch\":\"main\",\"repository_url\":\"https://example.com/r.git\"}"),
        line("turn_context", "{\"model\":\"gpt-5.1-codex\"}"),
        user("hello"),
        agent("hi"));
    Files.writeString(
        home.resolve("session_index.jsonl"),
        "{\"id\":\"%s\",\"thread_name\":\"greetings\",\"updated_at\":\"2025-10-01T12:00:02Z\"}\n"
            .formatted(id));

    var done = importHome();

    assertThat(done.at("status")).isEqualTo("done");
    assertThat(done.at("threadsCreated")).isEqualTo("1");
    assertThat(done.at("items")).isEqualTo("4");
    var thread = expect(200, client.get(thread(id)));
    assertThat(thread.at("createdAt")).isEqualTo("2025-10-01T12:00:00.000Z");
    assertThat(thread.at("updatedAt")).isEqualTo("2025-10-01T12:00:01.000Z");
    assertThat(thread.at("cwd")).isEqualTo("/home/dev/project");
    assertThat(thread.at("source")).isEqualTo("cli");
    assertThat(thread.at("model")).isEqualTo("gpt-5.1-codex");
    assertThat(thread.at("git", "branch")).isEqualTo("main");
    assertThat(thread.at("name")).isEqualTo("greetings");
    assertThat(thread.at("preview")).isEqualTo("hello");
    assertThat(thread.at("turnCount")).isEqualTo("1");
    assertThat(thread.at("itemCount")).isEqualTo("4");
    assertThat(thread.at("status")).isEqualTo("notLoaded");
    assertThat(thread.at("completeness")).isEqualTo("complete");
  }

  @Test
  void importingAgainChangesNothingAndALongerFileAddsNewLines() throws IOException {
    var file = write(id, meta(id), user("one"));
    importHome();
    var before = expect(200, client.get(thread(id))).text();

    var again = importHome();

    assertThat(again.at("files", "unchanged")).isEqualTo("1");
    assertThat(again.at("items")).isEqualTo("0");
    assertThat(client.get(thread(id)).text()).isEqualTo(before);

    Files.writeString(file, meta(id) + "\n" + user("one") + "\n" + agent("two") + "\n");
    var longer = importHome();

    assertThat(longer.at("items")).isEqualTo("1");
    assertThat(rolloutLines(id)).containsExactly(meta(id), user("one"), agent("two"));
    assertThat(client.get(thread(id)).at("itemCount")).isEqualTo("3");
  }

  @Test
  void aThreadContinuedHereGetsNewForeignLinesOnce() throws IOException {
    var file =
        write(
            id,
            numbered(0, "session_meta", payload(meta(id))),
            numbered(1, "event_msg", payload(user("one"))));
    importHome();
    client.post(thread(id) + "/items", RollbookClient.body("{\"here\":true}"));
    Files.writeString(
        file,
        Files.readString(file)
            + numbered(2, "event_msg", payload(agent("there")))
            + "\n"
            + numbered(3, "event_msg", payload(user("more")))
            + "\n");

    var merged = importHome();
    touch(file);
    var again = importHome();

    assertThat(merged.at("items")).isEqualTo("2");
    assertThat(again.at("items")).isEqualTo("0");
    assertThat(client.lines(id)).hasSize(5);
    assertThat(client.lines(id).get(3))
        .isEqualTo(numbered(3, "event_msg", payload(agent("there"))));
    assertThat(client.lines(id).get(4)).isEqualTo(numbered(4, "event_msg", payload(user("more"))));
  }

  @Test
  void nothingOutsideTheImportRootsIsRead() throws IOException {
    var outside = Files.createTempDirectory("outside");
    Files.writeString(outside.resolve("secret.txt"), "secret");
    var link = Files.createSymbolicLink(home.resolve("sessions"), outside);

    for (var path : new String[] {outside.toString(), "/", link.toString(), home + "/../.."}) {
      var refused = client.post("/v1/imports", "{\"path\":\"%s\"}".formatted(path));
      assertThat(refused.status()).as(path).isEqualTo(403);
      assertThat(refused.at("code")).isEqualTo("path_not_allowed");
      assertThat(refused.at("detail")).contains("rollbook.import.roots");
    }
    var linked = importHome();

    assertThat(linked.at("status")).isEqualTo("done");
    assertThat(linked.at("files", "failed")).isEqualTo("1");
    assertThat(linked.at("problems")).contains("outside of rollbook.import.roots");
  }

  @Test
  void aPathThatDoesNotExistIsRejected() {
    var refused = client.post("/v1/imports", "{\"path\":\"%s/nowhere\"}".formatted(home));

    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.at("errors")).contains("/path");
    assertThat(client.post("/v1/imports", "{}").status()).isEqualTo(400);
    assertThat(client.post("/v1/imports", "{\"path\":3}").status()).isEqualTo(400);
    assertThat(client.post("/v1/imports", "{\"paths\":\"x\"}").status()).isEqualTo(400);
    assertThat(client.get("/v1/imports/" + newThread()).at("code")).isEqualTo("import_not_found");
  }

  private static void touch(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2025-10-02T00:00:00Z")));
  }
}
