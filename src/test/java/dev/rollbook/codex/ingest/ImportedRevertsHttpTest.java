package dev.rollbook.codex.ingest;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.EventClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A thread reverted in Codex has the history that Codex shows; its earlier history is kept as a
/// fork.
class ImportedRevertsHttpTest extends AbstractRevertHttpTest {
  @Test
  void theThreadHasTheRevertedHistoryAndAForkHasTheEarlierOne() throws IOException {
    var segment = revert(id, 3, userAndReply(4, "instead of two"));

    var done = importHome();

    assertThat(done.at("problems")).isEqualTo("[]");
    var seen = client.get(thread(id));
    assertThat(words(id)).containsExactly("one", "instead of two");
    assertThat(seen.at("completeness")).isEqualTo("complete");
    assertThat(seen.at("nextOrdinal")).isEqualTo("6");
    assertThat(seen.at("forkedFromId")).isEqualTo("null");
    assertThat(seen.at("createdAt")).isEqualTo("2025-10-01T12:00:00.000Z");
    assertThat(seen.at("cwd")).isEqualTo("/home/dev/project");
    var kept = kept(id).getFirst();
    assertThat(kept.path("id").asString()).isEqualTo(segment);
    assertThat(kept.path("metadata").path("reason").asString()).isEqualTo("reverted");
    assertThat(kept.path("completeness").asString()).isEqualTo("complete");
    assertThat(keptWords(id)).containsExactly(List.of("one", "two", "three"));
    assertExports(id, "one", "instead of two");
    assertExports(segment, "one", "two", "three");
    assertNothingIsNew();
  }

  @Test
  void aThreadRevertedToItsBeginningStartsOver() throws IOException {
    revertToBeginning(userAndReply(1, "another beginning"));
    importHome();

    assertThat(words(id)).containsExactly("another beginning");
    assertThat(client.get(thread(id)).at("completeness")).isEqualTo("complete");
    assertThat(keptWords(id)).containsExactly(List.of("one", "two", "three"));
    assertExports(id, "another beginning");
    assertNothingIsNew();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void successiveRevertsAreAllFollowed(boolean atOnce) throws IOException {
    step(atOnce);
    revert(id, 5, userAndReply(6, "four"));
    step(atOnce);
    var second = revert(id, 3);
    step(atOnce);
    append(segment(second), userAndReply(4, "five"), userAndReply(6, "six"));
    step(atOnce);
    revert(second, 6, userAndReply(7, "seven"));
    importHome();

    assertThat(words(id)).containsExactly("one", "five", "seven");
    assertThat(client.get(thread(id)).at("completeness")).isEqualTo("complete");
    assertThat(keptWords(id))
        .containsExactlyInAnyOrder(
            List.of("one", "two", "three"),
            List.of("one", "two", "four"),
            List.of("one", "five", "six"));
    assertExports(id, "one", "five", "seven");
    assertNothingIsNew();
  }

  @Test
  void aForkRevertedIntoItsParentHasTheRestOfTheParentsHistory() throws IOException {
    var fork = fork(id, id, 5, userAndReply(6, "of the fork"));
    var segment = "01a2fff0" + newThread().substring(8);
    file(fork + "_" + segment, meta(fork, 3, forkMembers(id, id, 3)), userAndReply(4, "instead"));

    importHome();

    assertThat(words(fork)).containsExactly("one", "instead");
    assertThat(client.get(thread(fork)).at("forkedFromId")).isEqualTo(id);
    assertThat(client.get(thread(fork)).at("completeness")).isEqualTo("complete");
    assertThat(keptWords(fork)).containsExactly(List.of("one", "two", "of the fork"));
    assertThat(words(id)).containsExactly("one", "two", "three");
    assertExports(fork, "one", "instead");
    assertNothingIsNew();
  }

  @Test
  void forksKeepTheHistoryFromBeforeTheRevert() throws IOException {
    var second = revert(id, 3, userAndReply(4, "instead"));
    var early = fork(id, id, 5, userAndReply(6, "of the old"));
    var late = fork(id, second, 6, userAndReply(7, "of the new"));
    revert(second, 4, userAndReply(5, "again"));

    importHome();

    assertThat(words(id)).containsExactly("one", "again");
    assertThat(words(early)).containsExactly("one", "two", "of the old");
    assertThat(words(late)).containsExactly("one", "instead", "of the new");
    assertThat(client.get(thread(late)).at("forkedFromId")).isEqualTo(id);
    assertExports(id, "one", "again");
    assertExports(early, "one", "two", "of the old");
    assertExports(late, "one", "instead", "of the new");
    assertNothingIsNew();
  }

  @Test
  void aLaterForkFindsTheHistoryItContinues() throws IOException {
    var second = revert(id, 3, userAndReply(4, "instead"));
    revert(second, 4, userAndReply(5, "again"));
    importHome();

    var early = fork(id, id, 5, userAndReply(6, "of the old"));
    var late = fork(id, second, 6, userAndReply(7, "of the new"));

    assertThat(importPath(file(early)).at("problems")).isEqualTo("[]");
    assertThat(importPath(file(late)).at("problems")).isEqualTo("[]");
    assertThat(words(early)).containsExactly("one", "two", "of the old");
    assertThat(words(late)).containsExactly("one", "instead", "of the new");
  }

  @Test
  void anArchivedThreadCanBeReverted() throws IOException {
    Files.delete(first);
    directory = "archived_sessions";
    threeTurns();
    revert(id, 3, userAndReply(4, "instead"));

    importHome();

    assertThat(words(id)).containsExactly("one", "instead");
    assertThat(client.get(thread(id)).at("archivedAt")).isNotEqualTo("null");
    assertThat(client.get("/v1/threads?forkedFromId=" + id).json().path("data")).isEmpty();
    assertThat(client.get("/v1/threads?archived=true&forkedFromId=" + id).json().path("data"))
        .hasSize(1);
  }

  @Test
  void earlierSegmentsMayBeImportedLater() throws IOException {
    var second = revert(id, 3, userAndReply(4, "instead"), userAndReply(6, "and on"));
    var third = revert(second, 6, userAndReply(7, "again"));

    assertThat(importPath(segment(third)).at("problems")).contains(second, "not in Rollbook");
    assertThat(words(id)).containsExactly("again");
    assertThat(importPath(first).at("problems")).contains(second, "not in Rollbook");
    assertThat(importPath(segment(second)).at("problems")).isEqualTo("[]");

    assertThat(words(id)).containsExactly("one", "instead", "again");
    assertThat(client.get(thread(id)).at("completeness")).isEqualTo("complete");
    assertThat(keptWords(id))
        .containsExactlyInAnyOrder(
            List.of("one", "two", "three"), List.of("one", "instead", "and on"));
    importHome();
    assertNothingIsNew();
  }

  @Test
  void segmentsUploadedOneByOneAreFollowedToo() throws IOException {
    var second = revert(id, 3, userAndReply(4, "instead"));

    send(first);
    send(segment(second));

    assertThat(words(id)).containsExactly("one", "instead");
    assertThat(keptWords(id)).containsExactly(List.of("one", "two", "three"));
    var nameless = Files.readAllBytes(segment(second));
    expect(
        400, client.send("POST", "/v1/imports", nameless, "content-type", "application/x-ndjson"));
  }

  @Test
  void aRevertKeepsNameMetadataAndPinAndTakesTheOrdinalsOfCodex() throws IOException {
    importHome();
    expect(200, client.patch(id, "{\"name\":\"mine\",\"metadata\":{\"a\":1},\"pinned\":true}"));
    append(first, userAndReply(7, "four"), userAndReply(9, "five"));
    importHome();
    // The turn's first line has another ordinal here by now.
    var second = revert(id, 9, userAndReply(10, "instead of five"));
    importHome();

    assertThat(words(id)).containsExactly("one", "two", "three", "four", "instead of five");
    var seen = client.get(thread(id));
    assertThat(seen.at("name")).isEqualTo("mine");
    assertThat(seen.at("metadata")).isEqualTo("{\"a\":1}");
    assertThat(seen.at("pinned")).isEqualTo("true");
    assertThat(client.get(thread(second)).at("metadata")).isEqualTo("{\"reason\":\"reverted\"}");
    assertThat(keptWords(id)).containsExactly(List.of("one", "two", "three", "four", "five"));
    revert(second, 10, userAndReply(11, "at last"));
    importHome();
    assertThat(words(id)).containsExactly("one", "two", "three", "four", "at last");
    assertThat(client.get(thread(id)).at("name")).isEqualTo("mine");
    assertNothingIsNew();
  }

  @Test
  void anExportedThreadContinuedInCodexIsImportedAgain() throws IOException {
    var second = revert(id, 3, userAndReply(4, "instead"));
    importHome();
    var there = home.resolve("there/sessions/2025/10/01");
    for (var thread : List.of(id, second)) {
      var exported = client.get(thread(thread) + "/rollout?format=codex").text();
      Files.createDirectories(there);
      Files.writeString(
          there.resolve("rollout-2025-10-01T12-00-00-" + thread + ".jsonl"),
          exported + userAndReply(thread.equals(id) ? 6 : 7, "back again") + "\n");
    }

    assertThat(importPath(there).at("items")).isEqualTo("4");

    assertThat(words(id)).containsExactly("one", "instead", "back again");
    assertThat(words(second)).containsExactly("one", "two", "three", "back again");
    assertThat(kept(id)).hasSize(1);
    assertThat(importPath(there).at("items")).isEqualTo("0");
  }

  @Test
  void aRevertOfAWatchedThreadIsFollowed() throws IOException {
    Files.delete(first);
    home = watchedDir();
    threeTurns();
    await().until(() -> words(id).size() == 3);
    String resumeAt;
    String second;
    try (var events = EventClient.open(port, thread(id) + "/events")) {
      append(first, userAndReply(7, "lastquince"));
      await().until(() -> words(id).size() == 4);
      second = revert(id, 3, userAndReply(4, "insteadmedlar"));
      await().until(() -> words(id).equals(List.of("one", "insteadmedlar")));
      await().until(events::isEnded);
      assertThat(events.names()).endsWith("thread/reverted");
      assertThat(events.received().getLast().at("lastOrdinal")).isEqualTo("2");
      resumeAt = events.lastEventId();
    }
    try (var events = EventClient.open(port, thread(id) + "/events", "Last-Event-ID", resumeAt)) {
      append(segment(second), userAndReply(6, "and on"));
      await().until(() -> events.items().size() == 5);
      assertThat(events.items())
          .extracting(EventClient.Received::ordinal)
          .containsExactly(3L, 4L, 5L, 6L, 7L);
    }
    assertThat(words(id)).containsExactly("one", "insteadmedlar", "and on");
    assertThat(keptWords(id)).containsExactly(List.of("one", "two", "three", "lastquince"));
    await().until(() -> found("insteadmedlar").equals(List.of(id)));
    await().until(() -> found("lastquince").equals(List.of(second)));

    revertToBeginning(userAndReply(1, "again"));

    await().until(() -> words(id).equals(List.of("again")));
    assertThat(kept(id)).hasSize(2);
  }

  private List<String> found(String word) {
    return client
        .get("/v1/search?q=" + word)
        .json()
        .path("data")
        .valueStream()
        .map(hit -> hit.path("threadId").asString())
        .distinct()
        .toList();
  }

  @Test
  void anImportEndsIfAllIdsForTheEarlierHistoryAreTaken() throws IOException {
    var segment = revert(id, 3, userAndReply(4, "instead of two"));
    for (var taken : List.of(segment, derivedId(id), derivedId(segment))) {
      expect(201, client.post("/v1/threads", "{\"id\":\"%s\"}".formatted(taken)));
    }

    var done = importHome();

    assertThat(done.at("problems")).contains("an id that the import needs");
    assertThat(words(id)).containsExactly("one", "two", "three");
  }

  private String derivedId(String segment) {
    var text = id + "_" + segment;
    return UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.US_ASCII)).toString();
  }

  private void step(boolean atOnce) {
    if (!atOnce) {
      importHome();
    }
  }

  private void assertNothingIsNew() {
    var again = importHome();
    assertThat(again.at("items")).isEqualTo("0");
    assertThat(again.at("problems")).isEqualTo("[]");
  }

  private void send(Path file) throws IOException {
    finished(
        expect(
            202,
            client.send(
                "POST",
                "/v1/imports?name=" + file.getFileName(),
                Files.readAllBytes(file),
                "content-type",
                "application/x-ndjson")));
  }

  /// What Codex is given of a thread shows these words: they are in one file, which needs no other.
  private void assertExports(String thread, String... words) throws IOException {
    var body = JSON.createObjectNode().put("codexHome", codexHome().toString()).toString();
    var exported = expect(200, client.post(thread(thread) + "/export", body));
    assertThat(exported.json().path("files")).hasSize(1);
    var lines = Files.readAllLines(Path.of(exported.at("path")));
    assertThat(words(lines)).containsExactly(words);
    assertThat(lines.stream().filter(line -> line.contains("\"type\":\"session_meta\"")))
        .singleElement()
        .asString()
        .contains("\"id\":\"" + thread + "\"")
        .doesNotContain("history_base");
    assertThat(lines)
        .extracting(line -> JSON.readTree(line).path("ordinal").asInt())
        .isSorted()
        .doesNotHaveDuplicates();
  }

  private void revertToBeginning(String... lines) throws IOException {
    file(id + "_" + nextSegment(), meta(id, 0, ""), lines);
  }

  /// Codex forks a thread where a line of one of its segments stood.
  private String fork(String parent, String segment, int ordinal, String... lines)
      throws IOException {
    var fork = newThread();
    file(fork, meta(fork, ordinal, forkMembers(parent, segment, ordinal)), lines);
    return fork;
  }

  private static String forkMembers(String parent, String segment, int ordinal) {
    return base(segment, ordinal)
        + ",\"forked_from_id\":\"%s\",\"forked_from_ordinal_exclusive\":%d"
            .formatted(parent, ordinal);
  }
}
