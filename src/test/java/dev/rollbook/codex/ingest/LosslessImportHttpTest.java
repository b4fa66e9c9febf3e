package dev.rollbook.codex.ingest;

import static dev.rollbook.http.RollbookClient.thread;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.AbstractImportHttpTest;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Every readable line is imported unchanged, whatever surrounds it.
class LosslessImportHttpTest extends AbstractImportHttpTest {
  private final String id = newThread();

  @Test
  void aByteOrderMarkIsNotPartOfTheFirstLine() throws IOException {
    write(id, ("\uFEFF" + meta(id) + "\n" + user("hello") + "\n").getBytes(UTF_8));

    assertTakenWhole(2);
    assertThat(rolloutLines(id)).containsExactly(meta(id), user("hello"));
  }

  @Test
  void carriageReturnsAreKept() throws IOException {
    var content = meta(id) + "\r\n" + user("hello") + "\r\n";
    write(id, content.getBytes(UTF_8));

    assertTakenWhole(2);
    assertThat(Files.readString(rollout(id))).isEqualTo(content);
    assertThat(client.lines(id)).hasSize(2);
  }

  @Test
  void aLastLineWithoutALineFeedIsImported() throws IOException {
    write(id, (meta(id) + "\n" + user("hello")).getBytes(UTF_8));

    assertTakenWhole(2);
    assertThat(Files.readString(rollout(id))).isEqualTo(meta(id) + "\n" + user("hello") + "\n");
  }

  @Test
  void aTornLastLineIsQuarantinedAndImportedOnceComplete() throws IOException {
    var torn = agent("half").substring(0, 50);
    write(id, (meta(id) + "\n" + user("hello") + "\n" + torn).getBytes(UTF_8));

    var done = importHome();

    assertThat(done.at("quarantinedLines")).isEqualTo("1");
    assertThat(done.at("problems")).contains(".quarantine");
    assertThat(rolloutLines(id)).containsExactly(meta(id), user("hello"));
    assertThat(quarantined())
        .singleElement()
        .asString()
        .contains("\"line\":3", "\"cause\":\"torn: the file ends within this line\"");

    write(id, meta(id), user("hello"), agent("half"));
    importHome();

    assertThat(rolloutLines(id)).containsExactly(meta(id), user("hello"), agent("half"));
    assertThat(quarantine(id)).doesNotExist();
  }

  @Test
  void interleavedLinesAreSeparated() throws IOException {
    write(
        id,
        meta(id),
        user("one").substring(0, 60) + user("two"),
        user("three") + user("four"),
        "\0\0\0\0" + user("five"));

    var done = importHome();

    assertThat(rolloutLines(id))
        .containsExactly(meta(id), user("two"), user("three"), user("four"), user("five"));
    assertThat(done.at("quarantinedLines")).isEqualTo("2");
    assertThat(quarantined()).hasSize(2);
    assertThat(quarantined().getFirst())
        .contains("\"line\":2", "torn: another line is written into it");
    assertThat(quarantined().getLast()).contains("\"line\":4");
  }

  @Test
  void unreadableLinesAreQuarantinedAndStopNothing() throws IOException {
    var latin = line("event_msg", "{\"type\":\"user_message\",\"message\":\"\u00fc\"}");
    var bytes =
        (meta(id) + "\nnot json\n[]\n{\"type\":\"x\"}\n\n" + latin + "\n" + user("last") + "\n")
            .getBytes(ISO_8859_1);
    write(id, bytes);

    var done = importHome();

    assertThat(done.at("status")).isEqualTo("done");
    assertThat(done.at("quarantinedLines")).isEqualTo("4");
    assertThat(rolloutLines(id)).containsExactly(meta(id), user("last"));
    assertThat(quarantined())
        .satisfiesExactly(
            one -> assertThat(one).contains("\"line\":2", "\"text\":\"not json\""),
            two -> assertThat(two).contains("\"line\":3"),
            three -> assertThat(three).contains("\"line\":4"),
            four -> assertThat(four).contains("\"line\":6", "\"cause\":\"no UTF-8\"", "base64"));
  }

  @Test
  void duplicateOrdinalsStayInTheRolloutAndEachLineGetsItsOwn() throws IOException {
    var lines =
        new String[] {
          numbered(0, "session_meta", payload(meta(id))),
          numbered(1, "event_msg", payload(user("one"))),
          numbered(1, "event_msg", payload(user("two"))),
          numbered(2, "event_msg", payload(user("three")))
        };
    write(id, lines);

    assertTakenWhole(4);
    assertThat(rolloutLines(id)).containsExactly(lines);
    assertThat(client.lines(id))
        .containsExactly(
            lines[0],
            lines[1],
            numbered(2, "event_msg", payload(user("two"))),
            numbered(3, "event_msg", payload(user("three"))));
  }

  @Test
  void missingOrdinalsAreAGap() throws IOException {
    write(
        id,
        numbered(0, "session_meta", payload(meta(id))),
        numbered(1, "event_msg", payload(user("one"))),
        numbered(5, "event_msg", payload(user("two"))));

    assertTakenWhole(3);
    assertThat(client.get(thread(id)).at("completeness")).isEqualTo("gapped");
    var gap = client.get(thread(id) + "/gaps").json().path("data").path(0);
    assertThat(gap.path("firstOrdinal").asLong()).isEqualTo(2);
    assertThat(gap.path("lastOrdinal").asLong()).isEqualTo(4);
    assertThat(gap.path("reason").asString()).isEqualTo("unknown");
  }

  @Test
  void theFirstSessionMetaIdentifiesTheThread() throws IOException {
    var parent = newThread();
    write(
        id,
        meta(id, ",\"forked_from_id\":\"%s\"".formatted(parent)),
        meta(parent).replace("/home/dev/project", "/elsewhere"),
        user("hello"));

    assertTakenWhole(3);
    assertThat(client.get(thread(id)).at("cwd")).isEqualTo("/home/dev/project");
    assertThat(client.get(thread(id)).at("forkedFromId")).isEqualTo(parent);
    assertThat(client.get(thread(parent)).status()).isEqualTo(404);
  }

  @Test
  void aRolloutWithoutItsFirstLineIsImported() throws IOException {
    write(id, "lost", user("hello"), agent("hi"));

    var done = importHome();

    assertThat(done.at("quarantinedLines")).isEqualTo("1");
    assertThat(rolloutLines(id)).hasSize(3).endsWith(user("hello"), agent("hi"));
    assertThat(client.get(thread(id)).at("preview")).isEqualTo("hello");
    assertThat(client.get(thread(id)).at("createdAt")).isEqualTo("2025-10-01T12:00:01.000Z");
    assertThat(importHome().at("items")).isEqualTo("0");
  }

  @Test
  void aLineTooLongForMemoryIsSplit() throws IOException {
    var huge = "x".repeat(33 << 20);
    write(id, meta(id), user(huge), user("behind"));

    var done = importHome();

    assertThat(rolloutLines(id)).containsExactly(meta(id), user("behind"));
    assertThat(done.at("quarantinedLines")).isEqualTo("1");
    assertThat(Files.size(quarantine(id))).isGreaterThan(huge.length());
    try (var kept = Files.lines(quarantine(id))) {
      assertThat(kept).allMatch(part -> part.contains("\"line\":2") && part.length() < 70_000);
    }
  }

  @Test
  void nulBytesAreCountedAndTheLinesAroundThemImported() throws IOException {
    var nuls = "\0".repeat(9 << 20);
    write(
        id,
        (meta(id) + nuls + "\n" + user("one") + nuls + user("two") + "\n" + agent("tail") + nuls)
            .getBytes(UTF_8));

    var done = importHome();

    assertThat(rolloutLines(id)).containsExactly(meta(id), user("one"), user("two"), agent("tail"));
    assertThat(done.at("quarantinedLines")).isEqualTo("3");
    assertThat(quarantined())
        .hasSize(3)
        .allMatch(entry -> entry.contains("\"nulBytes\":%d".formatted(nuls.length())));
    assertThat(quarantined().getFirst()).contains("\"line\":1", "\"offset\":" + meta(id).length());
    assertThat(importHome().at("items")).isEqualTo("0");
  }

  @Test
  void nulBytesInsideALineAffectNoOtherLine() throws IOException {
    var torn = user("torn");
    write(
        id,
        meta(id),
        torn.substring(0, 60) + "\0".repeat(100) + torn.substring(60),
        user("few") + "\0\0",
        user("last"));

    var done = importHome();

    assertThat(rolloutLines(id)).containsExactly(meta(id), user("few"), user("last"));
    assertThat(done.at("quarantinedLines")).isEqualTo("2");
  }

  @Test
  void tooDeeplyNestedLinesAreQuarantined() throws IOException {
    var deep = "[".repeat(10_000) + "]".repeat(10_000);
    write(id, meta(id), line("event_msg", deep), line("response_item", deep), user("last"));

    var done = importHome();

    assertThat(rolloutLines(id)).containsExactly(meta(id), user("last"));
    assertThat(done.at("quarantinedLines")).isEqualTo("2");
  }

  @Test
  void aFileWithoutReadableLinesIsReported() throws IOException {
    write(id, "nothing", "to be read");

    var done = importHome();

    assertThat(done.at("status")).isEqualTo("done");
    assertThat(done.at("files", "failed")).isEqualTo("1");
    assertThat(done.at("problems")).contains("no line that can be read", id);
    assertThat(client.get(thread(id)).status()).isEqualTo(404);
  }

  private void assertTakenWhole(int items) {
    var done = importHome();
    assertThat(done.at("quarantinedLines")).isEqualTo("0");
    assertThat(done.at("items")).isEqualTo(Integer.toString(items));
    assertThat(done.at("problems")).isEqualTo("[]");
    assertThat(client.get(thread(id)).at("itemCount")).isEqualTo(Integer.toString(items));
  }

  private List<String> quarantined() throws IOException {
    return Files.readAllLines(quarantine(id));
  }
}
