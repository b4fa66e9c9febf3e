package dev.rollbook.codex.ingest;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.AbstractImportHttpTest;
import dev.rollbook.http.AbstractSearchHttpTest;
import dev.rollbook.http.EventClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Invalid ordinals in foreign rollouts do not make a thread unreadable.
class InvalidOrdinalsHttpTest extends AbstractImportHttpTest {
  private static final int LINES = 800;

  private final String id = newThread();
  @Autowired JdbcTemplate stateDb;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9223372036854775807",
        "9223372036854775806",
        "99999999999999999999999",
        "-7",
        "1.5"
      })
  void aThreadContinuesAfterAnInvalidOrdinal(String ordinal) throws IOException {
    var strange = agent("strange").replace(",\"type\"", ",\"ordinal\":" + ordinal + ",\"type\"");

    write(
        id,
        numbered(0, "session_meta", payload(meta(id))),
        numbered(1, "event_msg", payload(user("hello"))),
        strange,
        numbered(2, "event_msg", payload(agent("hi"))));

    var done = importHome();

    assertThat(done.at("items")).isEqualTo("4");
    assertThat(rolloutLines(id)).hasSize(4).contains(strange);
    var receipt =
        expect(
            200,
            client.post(
                thread(id) + "/items",
                "{\"items\":[{\"type\":\"event_msg\",\"payload\":{\"type\":\"agent_message\",\"message\":\"more\"}}]}"));
    assertThat(receipt.at("firstOrdinal")).isEqualTo("4");
    assertThat(importHome().at("items")).isEqualTo("0");
  }

  /// What the n-th line of a file states as its ordinal; empty for nothing.
  enum OrdinalPattern {
    GOES_BACK(n -> "" + (n < 700 ? n : n - 40)),
    GOES_BACK_FAR(n -> "" + n % 400),
    GOES_BACK_AND_LEAPS(n -> "" + (n < 300 ? n : n < 600 ? n - 250 : n + 1000)),
    TWICE_EACH(n -> "" + n / 2),
    ALL_THE_SAME(n -> "7"),
    NONE(n -> ""),
    NONE_AT_FIRST(n -> n < 400 ? "" : "" + n),
    NONE_AT_LAST(n -> n < 400 ? "" + n : ""),
    NOW_AND_THEN_NONE(n -> n % 3 == 1 ? "" : "" + n),
    NEGATIVE(n -> "" + (400 - n)),
    HUGE(n -> n % 300 == 299 ? "9007199254740993" : "" + n),
    LARGE(n -> n == 500 ? "1000000000000" : "" + n),
    NO_NUMBER(n -> n % 2 == 0 ? "" + n : n % 3 == 0 ? "\"" + n + "\"" : "[" + n + "]"),
    FRACTION(n -> n % 5 == 4 ? n + ".5" : "" + n),
    ORDERED(n -> "" + n),
    ORDERED_WITH_HOLES(n -> "" + (n + n / 100 * 7));

    private final IntFunction<String> ordinal;

    OrdinalPattern(IntFunction<String> ordinal) {
      this.ordinal = ordinal;
    }

    String line(int n, String type, String payload) {
      var stated = ordinal.apply(n);
      return "{\"timestamp\":\"2025-10-01T12:00:01.000Z\",%s\"type\":\"%s\",\"payload\":%s}"
          .formatted(stated.isEmpty() ? "" : "\"ordinal\":" + stated + ",", type, payload);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyReaderFindsEachLineOnceAtTheSameOrdinal(OrdinalPattern pattern) throws IOException {
    var word = AbstractSearchHttpTest.word();
    var file = write(id, lines(pattern, word));
    assertThat(importHome().at("items")).isEqualTo("" + LINES);

    assertReadersAgree(word);
    if (pattern != OrdinalPattern.ORDERED_WITH_HOLES
        && pattern != OrdinalPattern.GOES_BACK_AND_LEAPS
        && pattern != OrdinalPattern.LARGE) {
      assertThat(client.get(thread(id)).at("completeness")).isEqualTo("complete");
    }
    assertThat(Files.readAllBytes(rollout(id))).isEqualTo(Files.readAllBytes(file));

    // The same where the thread is gone on with, by both sides, and its row is made again.
    var more = "{\"items\":[{\"type\":\"event_msg\",\"payload\":{\"type\":\"other\"}}]}";
    long next = Long.parseLong(client.get(thread(id)).at("nextOrdinal"));
    assertThat(expect(200, client.post(thread(id) + "/items", more)).at("firstOrdinal"))
        .isEqualTo("" + next);
    var behind = pattern.line(LINES, "event_msg", payload(agent("behind")));
    Files.writeString(file, behind + "\n" + behind.replace("behind", "last") + "\n", APPEND);
    assertThat(importHome().at("items")).isEqualTo("2");
    var read = ordinals(client.lines(id));
    assertReadersAgree(word);
    unload(id);
    stateDb.update("UPDATE thread SET rollout_bytes = 1 WHERE id = ?", UUID.fromString(id));
    expect(200, client.post(thread(id) + "/items", more));
    assertThat(ordinals(client.lines(id))).startsWith(read.toArray(Long[]::new));
    assertThat(importHome().at("items")).isEqualTo("0");
  }

  private String[] lines(OrdinalPattern pattern, String word) {
    var lines = new String[LINES];
    lines[0] = pattern.line(0, "session_meta", payload(meta(id)));
    for (int n = 1; n < LINES; n++) {
      var text = (n % 90 == 0 ? word : "line") + " " + n + "x".repeat(n % 700);
      lines[n] = pattern.line(n, "event_msg", payload(agent(text)));
    }
    return lines;
  }

  /// Pages of all sizes in both directions, from everywhere, events and hits of a search against
  /// the stream of all items.
  private void assertReadersAgree(String word) {
    var all = client.lines(id);
    var ordinals = ordinals(all);
    assertThat(ordinals).doesNotHaveDuplicates().isSorted();
    assertThat(client.get(thread(id)).at("itemCount")).isEqualTo("" + all.size());
    assertThat(client.get(thread(id)).at("nextOrdinal")).isEqualTo("" + (ordinals.getLast() + 1));
    for (int limit : new int[] {61, 1000}) {
      assertThat(walked(limit, "asc")).isEqualTo(all);
      assertThat(walked(limit, "desc").reversed()).isEqualTo(all);
    }
    for (int n = 0; n < all.size(); n += 211) {
      var after = page("?limit=3&after=" + ordinals.get(n)).path("data");
      assertThat(texts(after)).isEqualTo(all.subList(n + 1, Math.min(n + 4, all.size())));
      var before = page("?limit=2&order=desc&after=" + ordinals.get(n)).path("data");
      assertThat(texts(before).reversed()).isEqualTo(all.subList(Math.max(0, n - 2), n));
    }
    var middle = ordinals.get(all.size() / 2);
    try (var events = EventClient.open(port, thread(id) + "/events?after=" + middle)) {
      var following = ordinals.subList(all.size() / 2 + 1, all.size());
      await().until(() -> events.items().size() >= following.size());
      assertThat(events.items()).extracting(EventClient.Received::ordinal).isEqualTo(following);
    }
    var withWord = all.stream().filter(line -> line.contains(word)).toList();
    var hits =
        await()
            .atMost(AbstractSearchHttpTest.PATIENCE)
            .until(
                () -> client.get("/v1/search?q=%s&limit=100".formatted(word)).json().path("data"),
                found -> found.size() == withWord.size());
    assertThat(hits)
        .extracting(hit -> hit.path("ordinal").longValue())
        .containsExactlyInAnyOrderElementsOf(ordinals(withWord));
  }

  private List<String> walked(int limit, String order) {
    var lines = new ArrayList<String>();
    var query = "?limit=%d&order=%s".formatted(limit, order);
    for (var after = ""; after != null; ) {
      var page = page(query + after);
      assertThat(page.path("data").size()).isLessThanOrEqualTo(limit);
      lines.addAll(texts(page.path("data")));
      after =
          page.path("nextCursor").isNull() ? null : "&after=" + page.path("nextCursor").asString();
    }
    return lines;
  }

  private JsonNode page(String query) {
    return expect(200, client.get(thread(id) + "/items" + query)).json();
  }

  private static List<String> texts(JsonNode items) {
    return items.valueStream().map(JsonNode::toString).toList();
  }

  private static List<Long> ordinals(List<String> lines) {
    return lines.stream()
        .map(line -> JsonMapper.shared().readTree(line).path("ordinal").longValue())
        .toList();
  }

  @Test
  void aFileWithRepeatedOrdinalsIsImportedOnce() throws IOException {
    var twice = agent("hi").replaceFirst("\\{", "{\"ordinal\":5,\"ordinal\":1,");
    write(id, numbered(0, "session_meta", payload(meta(id))), twice);

    assertThat(importHome().at("items")).isEqualTo("2");
    assertThat(client.get(thread(id)).at("nextOrdinal")).isEqualTo("2");
    assertThat(rolloutLines(id)).contains(twice);
    assertThat(importHome().at("items")).isEqualTo("0");
  }

  @Test
  void anImportedItemIsNotWrittenAgain() throws IOException {
    var file = write(id, meta(id), user("hello"));
    importHome();
    var own = "{\"id\":\"mine\",\"type\":\"event_msg\",\"payload\":{\"type\":\"other\"}}";
    var items = thread(id) + "/items";
    expect(200, client.post(items, "{\"items\":[%s]}".formatted(own)));
    var line = agent("hi").replaceFirst("\\{", "{\"id\":\"theirs\",");
    Files.writeString(file, line + "\n", StandardOpenOption.APPEND);
    assertThat(importHome().at("items")).isEqualTo("1");

    var again = own.replace("mine", "theirs");

    assertThat(client.post(items, "{\"items\":[%s]}".formatted(again)).at("duplicates"))
        .isEqualTo("1");
  }
}
