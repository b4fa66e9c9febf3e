package dev.rollbook.codex.ingest;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.AbstractImportHttpTest;
import dev.rollbook.http.AbstractSearchHttpTest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Forks, subagents and reviews of Codex are linked to their parents, and copied lines are counted
/// and found once.
class ThreadLineageHttpTest extends AbstractImportHttpTest {
  private final String word = AbstractSearchHttpTest.word();
  private final String parent = newThread();

  /// A parent of three turns, two subagents that copied two of them, one of these without the
  /// parent's `session_meta`, and a fork that copied all and has nothing of its own.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void linesCopiedByForksAndSubagentsAreInheritedAndFoundInTheParentOnly(boolean parentFirst)
      throws IOException {
    var subagent = newThread();
    var without = newThread();
    var fork = newThread();
    if (parentFirst) {
      writeParent();
      importHome();
    }
    write(
        subagent,
        meta(subagent, spawnedBy(parent)),
        meta(parent),
        turn(1, 1000),
        turn(2, 3000),
        turn(8, 3700));
    write(without, meta(without, spawnedBy(parent)), turn(1, 1000), turn(2, 3000), turn(9, 3400));
    write(
        fork,
        meta(fork, ",\"forked_from_id\":\"%s\"".formatted(parent)),
        meta(parent),
        turn(1, 1000),
        turn(2, 3000),
        turn(3, 3500));
    importHome();
    if (!parentFirst) {
      assertThat(own(without)).isEqualTo("3400");
      awaitHits(1, 3);
      writeParent();
      importHome();
    }

    assertThat(List.of(own(parent), inherited(parent))).containsExactly("3500", "null");
    assertThat(List.of(own(subagent), inherited(subagent))).containsExactly("700", "3000");
    assertThat(List.of(own(without), inherited(without))).containsExactly("400", "3000");
    assertThat(List.of(own(fork), inherited(fork))).containsExactly("null", "3500");
    awaitHits(1, 1);
    assertThat(hits(1, "").getFirst()).startsWith(parent);
    awaitHits(8, 1);
    assertThat(hits(8, "").getFirst()).startsWith(subagent);

    expect(204, client.delete(thread(parent)));
    awaitHits(1, 3);
    assertThat(own(without)).isEqualTo("400");
  }

  @Test
  void aReviewEndsWithItsTurn() throws IOException {
    var ids = List.of(newThread(), newThread(), newThread());
    write(
        parent,
        meta(parent, ",\"history_mode\":\"paginated\""),
        event("task_started", ids.get(0), ""),
        event("task_complete", ids.get(0), ""),
        event("item_completed", ids.get(1), ",\"item\":{\"type\":\"EnteredReviewMode\"}"),
        event("task_started", ids.get(2), ""),
        event("item_completed", ids.get(2), ",\"item\":{\"type\":\"UserMessage\"}"),
        event("item_completed", ids.get(1), ",\"item\":{\"type\":\"ExitedReviewMode\"}"),
        event("task_complete", ids.get(1), ",\"last_agent_message\":null"));
    importHome();

    assertThat(client.get(thread(parent)).at("activeTurnId")).isEqualTo("null");
    assertThat(client.get(thread(parent) + "/turns").json().path("data").valueStream())
        .extracting(turn -> turn.path("id").asString() + " " + turn.path("status").asString())
        .containsExactly(
            ids.get(0) + " completed", ids.get(1) + " completed", ids.get(2) + " interrupted");
    expect(201, client.post(thread(parent) + "/turns", "{\"input\":\"go on here\"}"));
  }

  @Test
  void threadsStartedByCodexItselfAreListedOnRequestOnly() throws IOException {
    var review = newThread();
    var guardian = newThread();
    var spawned = newThread();
    var fork = newThread();
    var parentIs = ",\"parent_thread_id\":\"%s\"".formatted(parent);
    write(parent, meta(parent), user(word));
    write(review, meta(review, from("\"review\"") + parentIs), user(word));
    write(guardian, meta(guardian, from("{\"other\":\"guardian\"}") + parentIs), user(word));
    write(spawned, meta(spawned, spawnedBy(parent)), user(word));
    write(fork, meta(fork, ",\"forked_from_id\":\"%s\"".formatted(parent)), user("a fork " + word));
    importHome();

    assertThat(listed("q=" + word)).containsExactlyInAnyOrder(parent, fork);
    assertThat(listed("kind=thread&q=" + word)).containsExactlyInAnyOrder(parent, fork);
    assertThat(listed("kind=subagent&q=" + word)).containsExactly(spawned);
    assertThat(listed("kind=review&q=" + word)).containsExactly(review);
    assertThat(listed("kind=all&q=" + word))
        .containsExactlyInAnyOrder(parent, fork, review, spawned);
    var children = "parentThreadId=" + parent;
    assertThat(listed(children)).containsExactlyInAnyOrder(review, guardian, spawned);
    assertThat(listed(children + "&kind=subagent")).containsExactlyInAnyOrder(guardian, spawned);
    assertThat(listed(children + "&kind=thread")).isEmpty();
    assertThat(client.get("/v1/threads?kind=agent").at("code")).isEqualTo("invalid_request");
    assertThat(client.get("/v1/threads?parentThreadId=x").at("code")).isEqualTo("invalid_request");

    assertThat(about(review)).containsExactly("review", parent, word);
    assertThat(about(guardian)).containsExactly("subagent", parent, "Approval review");
    assertThat(about(spawned)).containsExactly("subagent", parent, word);
    assertThat(about(fork)).containsExactly("thread", "null", "a fork " + word);

    await().atMost(AbstractSearchHttpTest.PATIENCE).until(() -> hits(word, "").size() == 5);
    assertThat(hits(word, "&kind=review")).singleElement().isEqualTo(review + " review");
    assertThat(hits(word, "&kind=subagent"))
        .containsExactlyInAnyOrder(guardian + " subagent", spawned + " subagent");
    assertThat(client.get("/v1/search?q=x&kind=agent").at("code")).isEqualTo("invalid_request");
  }

  private void writeParent() throws IOException {
    write(parent, meta(parent), turn(1, 1000), turn(2, 3000), turn(3, 3500));
  }

  /// @param total the thread's counter at its end
  private String turn(int number, int total) {
    var id = "t-" + number;
    return String.join(
        "\n",
        event("task_started", id, ""),
        user(wordOf(number)),
        line(
            "event_msg",
            "{\"type\":\"token_count\",\"info\":{\"total_token_usage\":{\"total_tokens\":%d}}}"
                .formatted(total)),
        event("task_complete", id, ",\"last_agent_message\":\"done\""));
  }

  private static String event(String type, String turn, String members) {
    return line(
        "event_msg", "{\"type\":\"%s\",\"turn_id\":\"%s\"%s}".formatted(type, turn, members));
  }

  private static String spawnedBy(String thread) {
    return from("{\"thread_spawn\":{\"parent_thread_id\":\"%s\",\"depth\":1}}".formatted(thread))
        + ",\"forked_from_id\":\"%s\"".formatted(thread);
  }

  private static String from(String subagent) {
    return ",\"source\":{\"subagent\":%s}".formatted(subagent);
  }

  private String wordOf(int turn) {
    return word + "x" + turn;
  }

  private void awaitHits(int turn, int count) {
    await().atMost(AbstractSearchHttpTest.PATIENCE).until(() -> hits(turn, "").size() == count);
  }

  private List<String> hits(int turn, String filter) {
    return hits(wordOf(turn), filter);
  }

  /// Each as its thread and the thread's kind.
  private List<String> hits(String text, String filter) {
    var hits = new ArrayList<String>();
    for (var hit : expect(200, client.get("/v1/search?q=" + text + filter)).json().path("data")) {
      hits.add(hit.path("threadId").asString() + " " + hit.path("thread").path("kind").asString());
    }
    return hits;
  }

  private List<String> listed(String query) {
    return client
        .get("/v1/threads?" + query)
        .json()
        .path("data")
        .valueStream()
        .map(found -> found.path("id").asString())
        .toList();
  }

  private List<String> about(String id) {
    var found = client.get(thread(id));
    return List.of(found.at("kind"), found.at("parentThreadId"), found.at("preview"));
  }

  private String own(String id) {
    return total(id, "own");
  }

  private String inherited(String id) {
    return total(id, "inherited");
  }

  private String total(String id, String part) {
    var sum = client.get(thread(id)).json().path("usage").path(part);
    return sum.isNull() ? "null" : sum.path("total_tokens").asString();
  }
}
