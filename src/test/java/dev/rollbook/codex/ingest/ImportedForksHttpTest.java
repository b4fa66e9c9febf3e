package dev.rollbook.codex.ingest;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.AbstractImportHttpTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A Codex fork whose file starts at a position of its parent becomes a complete thread.
class ImportedForksHttpTest extends AbstractImportHttpTest {
  private final String parent = newThread();
  private final String child = newThread();

  @Test
  void anImportedForkHasItsParentsLinesBeforeItsOwn() throws IOException {
    writeParent("00");
    writeChild("01");

    var done = importHome();

    assertThat(done.at("threadsCreated")).isEqualTo("2");
    assertThat(done.at("problems")).isEqualTo("[]");
    assertWhole();
  }

  @Test
  void theOrderOfParentAndForkFilesDoesNotMatter() throws IOException {
    writeChild("00");
    writeParent("01");

    importHome();

    assertWhole();
    assertThat(importHome().at("files", "unchanged")).isEqualTo("2");
  }

  @Test
  void aLaterParentIsMergedWhenTheForkIsImportedAgain() throws IOException {
    var file = writeChild("01");
    var alone = importHome();
    assertThat(alone.at("problems")).contains(parent, "not in Rollbook");
    assertThat(client.get(thread(child)).at("itemCount")).isEqualTo("2");
    assertThat(client.get(thread(child)).at("forkedFromId")).isEqualTo(parent);

    writeParent("00");
    importHome();

    assertThat(file).exists();
    assertWhole();
  }

  @Test
  void aForkWithARunningTurnIsMergedByAnImportAfterTheTurn() throws IOException {
    writeChild("01");
    importHome();
    var turn = thread(child) + "/turns/" + newThread();
    expect(
        201,
        client.post(
            thread(child) + "/turns",
            "{\"id\":\"%s\"}".formatted(turn.substring(turn.lastIndexOf('/') + 1))));
    writeParent("00");

    assertThat(importHome().at("problems")).contains("a turn of it is in progress");

    expect(200, client.post(turn + "/complete"));
    assertThat(importHome().at("problems")).isEqualTo("[]");
    assertThat(client.lines(child).get(1)).contains("\"one\"");
  }

  @Test
  void aGrowingForkGetsNewLines() throws IOException {
    writeParent("00");
    var file = writeChild("01");
    importHome();

    Files.writeString(
        file, Files.readString(file) + numbered(4, "event_msg", payload(agent("more"))) + "\n");
    var grown = importHome();

    assertThat(grown.at("items")).isEqualTo("1");
    assertThat(client.lines(child)).hasSize(5);
  }

  private void assertWhole() {
    assertThat(client.lines(child))
        .extracting(ImportedForksHttpTest::ordinal)
        .containsExactly("0", "1", "2", "3");
    assertThat(client.lines(child).get(1)).contains("\"one\"");
    assertThat(client.lines(child).get(3)).contains("\"two\"");
    var seen = client.get(thread(child));
    assertThat(seen.at("forkedFromId")).isEqualTo(parent);
    assertThat(seen.at("completeness")).isEqualTo("complete");
    assertThat(seen.at("cwd")).isEqualTo("/home/dev/project");
    assertThat(seen.at("preview")).isEqualTo("one");
  }

  private Path writeParent(String second) throws IOException {
    return writeAt(
        second,
        parent,
        numbered(0, "session_meta", payload(meta(parent, ",\"history_mode\":\"paginated\""))),
        numbered(1, "event_msg", payload(user("one"))),
        numbered(2, "event_msg", payload(agent("not in the fork"))));
  }

  private Path writeChild(String second) throws IOException {
    var members =
        """
        ,"history_mode":"paginated","forked_from_id":"%1$s","forked_from_ordinal_exclusive":2,\
        "history_base":{"thread_id":"%1$s","end_ordinal_exclusive":2,"end_byte_offset":500}\
        """
            .formatted(parent);
    return writeAt(
        second,
        child,
        numbered(2, "session_meta", payload(meta(child, members))),
        numbered(3, "event_msg", payload(user("two"))));
  }

  private Path writeAt(String second, String thread, String... lines) throws IOException {
    var day = Files.createDirectories(home.resolve("sessions/2025/10/01"));
    return Files.write(
        day.resolve("rollout-2025-10-01T12-00-%s-%s.jsonl".formatted(second, thread)),
        List.of(lines));
  }

  private static String ordinal(String line) {
    return line.replaceAll(".*?\"ordinal\":(\\d+).*", "$1");
  }
}
