package dev.rollbook.api.search;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.AbstractSearchHttpTest;
import java.util.ArrayList;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Full-text search finds items soon after they are written, and returns their positions.
class SearchHttpTest extends AbstractSearchHttpTest {
  @Test
  void aHitNamesItsPositionAndHighlightsTheMatch() {
    var thread =
        client.startThread("{\"name\":\"n\",\"cwd\":\"/home/dev/app\",\"source\":\"ide\"}");
    var turn = client.startTurn(thread);
    client.append(
        thread,
        turn,
        "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"the %s is\\n here\"}]}"
            .formatted(word));

    var hit = awaitFound(1, word).getFirst();

    assertThat(hit.path("threadId").stringValue()).isEqualTo(thread);
    assertThat(hit.path("turnId").stringValue()).isEqualTo(turn);
    assertThat(hit.path("ordinal").longValue()).isEqualTo(2);
    assertThat(hit.path("type").stringValue()).isEqualTo("response_item");
    assertThat(hit.path("kind").stringValue()).isEqualTo("message");
    assertThat(hit.path("role").stringValue()).isEqualTo("assistant");
    assertThat(hit.path("timestamp").stringValue()).matches("2.*\\.\\d{3}Z");
    assertThat(hit.path("snippet").toString())
        .isEqualTo(
            "[{\"text\":\"the \",\"match\":false},{\"text\":\"%s\",\"match\":true},{\"text\":\" is here\",\"match\":false}]"
                .formatted(word));
    assertThat(hit.path("thread").toString())
        .isEqualTo(
            "{\"name\":\"n\",\"preview\":null,\"cwd\":\"/home/dev/app\",\"source\":\"ide\",\"kind\":\"thread\"}");
    expect(200, client.complete(thread, turn));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          event_msg     | {"type":"user_message","message":"%s"}
          event_msg     | {"type":"agent_reasoning","text":"%s"}
          event_msg     | {"type":"error","message":"%s"}
          event_msg     | {"type":"item_completed","item":{"type":"CommandExecution","command":["ls","%s"]}}
          event_msg     | {"type":"item_completed","item":{"type":"AgentMessage","content":[{"type":"Text","text":"%s"}]}}
          response_item | {"type":"function_call","name":"shell","arguments":"{\\"cmd\\":\\"a\\\\n%s\\"}"}
          response_item | {"type":"function_call","name":"%s","arguments":"no json"}
          response_item | {"type":"function_call_output","call_id":"1","output":"out %s"}
          response_item | {"type":"function_call_output","call_id":"1","output":"{\\"output\\":\\"a\\\\n%s\\",\\"metadata\\":{}}"}
          response_item | {"type":"function_call_output","call_id":"1","output":[{"type":"input_text","text":"%s"}]}
          response_item | {"type":"custom_tool_call","name":"apply_patch","input":"*** Begin %s"}
          response_item | {"type":"local_shell_call","action":{"type":"exec","command":["rm","%s"]}}
          response_item | {"type":"web_search_call","action":{"type":"search","query":"%s"}}
          response_item | {"type":"reasoning","summary":[{"type":"summary_text","text":"%s"}],"encrypted_content":"x"}
          from_a_harness| {"type":"says","text":"%s"}
          """)
  void everyKindOfMessageAndToolOutputIsFound(String type, String payload) {
    var thread = client.startThread();
    append(thread, type, payload.formatted(word));

    var hit = awaitFound(1, word).getFirst();

    assertThat(hit.path("type").stringValue()).isEqualTo(type);
    assertThat(matches(hit)).containsExactly(word);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "open src/main/%s/FileReader.java now ~ %s/filereader.java",
        "open src/main/%s/FileReader.java now ~ %s reader",
        "open src/main/%s/FileReader.java now ~ main/%s",
        "call %s_max_open_files() ~ %s max_open",
        "call %s_max_open_files() ~ max_open_* %s",
        "%s: C:\\\\Users\\\\dev\\\\x.txt ~ %s users\\\\dev",
        "%s 東京都に住む ~ %s 京都",
        "%s はしご 🪜🙂 ~ %s 🙂",
        "%s Größe ÉCOLE ~ %s größe école",
        "%s 192.168.0.1:8080 ~ %s \"168.0.1\"",
        "%s alpha beta ~ %s (gamma | alpha)",
        "%s alpha beta ~ %s -gamma",
      })
  void partsOfPathsAndNamesAndOtherScriptsAreFound(String said, String query) {
    appendMessage(client.startThread(), said.formatted(word));
    awaitFound(1, word);

    assertThat(found(query.formatted(word))).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"%s gamma", "%s -alpha", "\"%s beta\"", "-%s", "%sx", "京都 %s"})
  void nonMatchingQueriesFindNothing(String query) {
    var thread = client.startThread();
    appendMessage(thread, word + " alpha beta");
    awaitFound(1, word);

    assertThat(found(query.formatted(word), "&threadId=" + thread)).isEmpty();
  }

  @Test
  void eachFilterKeepsOnlyMatchingHits() {
    var one = client.startThread("{\"cwd\":\"/%s/app/sub\",\"source\":\"ide\"}".formatted(word));
    var other = client.startThread("{\"cwd\":\"/%s/application\"}".formatted(word));
    append(
        one, "event_msg", "{\"type\":\"user_message\",\"message\":\"%s first\"}".formatted(word));
    appendMessage(other, word + " second");
    awaitFound(2, word);

    assertFoundIn(one, "&source=ide");
    assertFoundIn(one, "&cwd=/" + word + "/app");
    assertFoundIn(one, "&cwd=/" + word + "/app/sub/");
    assertFoundIn(other, "&cwd=/" + word + "/application");
    assertFoundIn(one, "&type=event_msg");
    assertFoundIn(one, "&type=user_message");
    assertFoundIn(other, "&type=message");
    assertFoundIn(other, "&threadId=" + other);
    assertThat(found(word, "&cwd=/" + word)).hasSize(2);
    assertThat(found(word, "&cwd=/")).hasSize(2);
    assertThat(found(word, "&source=web")).isEmpty();
  }

  @Test
  void hitsCanBeFilteredAndSortedByTime() {
    var thread = client.startThread();
    for (int day = 1; day <= 3; day++) {
      var item =
          "{\"items\":[{\"timestamp\":\"2026-01-0%dT00:00:00Z\",\"type\":\"note\",\"payload\":{\"text\":\"%s\"}}]}";
      expect(200, client.post(thread(thread) + "/items", item.formatted(day, word)));
    }
    awaitFound(3, word);

    assertThat(ordinals(found(word, "&sort=newest"))).containsExactly(3L, 2L, 1L);
    assertThat(ordinals(found(word, "&sort=newest", "&since=2026-01-02T00:00:00Z")))
        .containsExactly(3L, 2L);
    assertThat(ordinals(found(word, "&sort=newest", "&until=2026-01-02T00:00:00.000Z")))
        .containsExactly(2L, 1L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"relevance", "newest"})
  void pagesContainEveryHitOnce(String sort) {
    var threads = new String[] {client.startThread(), client.startThread()};
    for (int n = 0; n < 25; n++) {
      appendMessage(threads[n % 2], word + " other".repeat(n % 4));
    }
    awaitFound(25, word, "&limit=100");

    var seen = new ArrayList<JsonNode>();
    var cursor = "";
    do {
      var page = expect(200, search(word, "&limit=4&sort=" + sort, cursor)).json();
      page.path("data").forEach(seen::add);
      var next = page.path("nextCursor");
      cursor = next.isNull() ? "" : "&cursor=" + next.stringValue();
    } while (!cursor.isEmpty());

    var places = new HashSet<String>();
    seen.forEach(hit -> places.add(hit.path("threadId") + "/" + hit.path("ordinal")));
    assertThat(seen).hasSize(25);
    assertThat(places).hasSize(25);
  }

  @Test
  void aMessageRecordedAsEventAndAsItemIsFoundOnce() {
    var thread = client.startThread();
    expect(
        201, client.post(thread(thread) + "/turns", "{\"input\":\"please %s\"}".formatted(word)));

    var hit = awaitFound(1, word).getFirst();

    assertThat(hit.path("ordinal").longValue()).isEqualTo(2);
    assertThat(ordinals(found(word, "&type=event_msg"))).containsExactly(3L);
    assertThat(ordinals(found(word, "&type=response_item"))).containsExactly(2L);
  }

  @Test
  void aMessageSaidTwiceIsFoundTwice() {
    var thread = client.startThread();
    appendMessage(thread, word);
    appendMessage(thread, word);

    awaitFound(2, word);
  }

  @Test
  void secretsAndTurnMarkersAreNotIndexed() {
    var thread = client.startThread();
    append(
        thread,
        "response_item",
        "{\"type\":\"reasoning\",\"summary\":[],\"encrypted_content\":\"%s\"}".formatted(word));
    append(thread, "turn_context", "{\"text\":\"%s\"}".formatted(word));
    append(
        thread,
        "response_item",
        "{\"type\":\"message\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"data:image/png;base64,%s\"}]}"
            .formatted(word));
    appendMessage(thread, word + " last");

    assertThat(ordinals(awaitFound(1, word))).containsExactly(4L);
  }

  private void assertFoundIn(String thread, String filter) {
    assertThat(found(word, filter))
        .as(filter)
        .extracting(hit -> hit.path("threadId").stringValue())
        .containsExactly(thread);
  }
}
