package dev.rollbook.api.turns;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.HttpTest;
import dev.rollbook.statedb.TurnRepository;
import dev.rollbook.statedb.TurnRow;
import java.time.Instant;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/// Life cycle of a turn over HTTP.
class TurnsHttpTest extends HttpTest {
  @Autowired TurnRepository rows;

  @ParameterizedTest
  @ValueSource(strings = {"cut \\ud83d", "\\ude00 cut", "with \\u0000", "\\ude00\\ud83d"})
  void textCutInsideASurrogatePairIsAcceptedAndRepaired(String text) {
    var thread = client.startThread("{\"name\":\"%s\"}".formatted(text.replace("\\u0000", "")));
    assertThat(client.get(thread(thread)).at("name")).doesNotContain("\ud83d", "\ude00");
    var started =
        expect(
            201,
            client.post(
                thread(thread) + "/turns",
                "{\"input\":\"%s\",\"metadata\":{\"said\":\"%s\"}}".formatted(text, text)));
    var repaired = text.replaceAll("\\\\u....", "\uFFFD");
    assertThat(started.at("metadata", "said"))
        .isEqualTo(text.contains("u0000") ? "with \0" : repaired);
    var ended =
        client.post(
            turn(thread, started.at("id")) + "/complete",
            "{\"lastAgentMessage\":\"%s\",\"error\":null}".formatted(text));

    assertThat(expect(200, ended).at("status")).isEqualTo("completed");
    assertThat(client.get(thread(thread)).at("preview")).isEqualTo(repaired.strip());
    assertThat(client.lines(thread)).last().asString().contains("\"" + repaired + "\"");
  }

  /// The row is inserted first: a kill may come before the first item of the turn.
  ///
  /// @param compared whether the row is removed when the thread is loaded, because its rollout has
  ///   changed since
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTurnStartThatLeftOnlyItsRowCompletesWhenSentAgain(boolean compared) {
    var thread = client.startThread();
    if (compared) {
      unload(thread);
      new JdbcTemplate(context.getBean(DataSource.class))
          .update(
              "UPDATE thread SET rollout_bytes = rollout_bytes - 1 WHERE id = ?",
              UUID.fromString(thread));
    }
    var turn = UUID.randomUUID();
    rows.insert(
        new TurnRow(
            UUID.fromString(thread),
            turn,
            "inProgress",
            Instant.EPOCH,
            null,
            1,
            1,
            0,
            0,
            null,
            null,
            null));
    var start = "{\"id\":\"%s\",\"input\":\"go on\"}".formatted(turn);

    expect(201, client.post(thread(thread) + "/turns", start));
    assertThat(expect(200, client.post(thread(thread) + "/turns", start)).at("itemCount"))
        .isEqualTo("3");

    var receipt = expect(200, client.append(thread, turn.toString(), "1"));
    assertThat(receipt.at("persistence", "status")).isEqualTo("persisted");
    expect(200, client.complete(thread, turn.toString()));
    assertThat(client.get(thread(thread)).at("turnCount")).isEqualTo("1");
  }

  @Test
  void aTurnHasStartAndEndMarkersAndItsInputForModelAndUser() {
    var thread = client.startThread();
    var turn =
        expect(
            201,
            client.post(thread(thread) + "/turns", "{\"input\":\"héllo\",\"metadata\":{\"k\":1}}"));
    assertThat(turn.at("status")).isEqualTo("inProgress");
    assertThat(turn.header("location")).isEqualTo(turn(thread, turn.at("id")));
    client.append(thread, turn.at("id"), "{\"type\":\"message\"}");

    var ended =
        expect(
            200,
            client.post(
                turn(thread, turn.at("id")) + "/complete",
                "{\"usage\":{\"tokens\":7},\"lastAgentMessage\":\"bye\"}"));

    assertThat(ended.at("status")).isEqualTo("completed");
    assertThat(ended.at("itemCount")).isEqualTo("5");
    assertThat(ended.at("usage")).isEqualTo("{\"tokens\":7}");
    assertThat(client.lines(thread))
        .satisfiesExactly(
            line -> assertThat(line).contains("session_meta"),
            line -> assertThat(line).contains("task_started", turn.at("id")),
            line -> assertThat(line).contains("response_item", "input_text", "héllo"),
            line -> assertThat(line).contains("user_message", "héllo"),
            line -> assertThat(line).contains("response_item"),
            line -> assertThat(line).contains("task_complete", "\"last_agent_message\":\"bye\""));
    assertThat(client.get(thread(thread)).at("preview")).isEqualTo("héllo");
  }

  @ParameterizedTest
  @CsvSource({"complete,completed", "fail,failed", "interrupt,interrupted"})
  void aTurnEndsOnceAndThenRejectsItems(String how, String status) {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    var ends = turn(thread, turn) + "/";

    var ended = expect(200, client.post(ends + how, "{\"error\":{\"message\":\"m\"}}"));

    assertThat(ended.at("status")).isEqualTo(status);
    assertThat(ended.at("error")).isEqualTo("{\"message\":\"m\"}");
    assertThat(client.get(turn(thread, turn)).json()).isEqualTo(ended.json());
    assertThat(expect(409, client.append(thread, turn, "1")).at("code")).isEqualTo("turn_ended");
    assertThat(expect(200, client.post(ends + how, "{}")).json()).isEqualTo(ended.json());
    var another = how.equals("fail") ? "complete" : "fail";
    assertThat(expect(409, client.post(ends + another, "{}")).at("code")).isEqualTo("turn_ended");
    assertThat(client.get(thread(thread)).at("status")).isEqualTo("idle");
  }

  @Test
  void aThreadHasOneTurnInProgress() {
    var thread = client.startThread();
    var turn = client.startTurn(thread);

    var second = expect(409, client.post(thread(thread) + "/turns", "{}"));

    assertThat(second.at("code")).isEqualTo("turn_in_progress");
    assertThat(second.at("detail")).contains(turn);
    assertThat(client.get(thread(thread)).at("activeTurnId")).isEqualTo(turn);
    assertThat(client.get(thread(thread)).at("status")).isEqualTo("active");
  }

  @Test
  void aTurnStartRepeatedWithItsIdStartsOneTurn() {
    var thread = client.startThread();
    var start = "{\"id\":\"%s\"}".formatted(UUID.randomUUID());

    expect(201, client.post(thread(thread) + "/turns", start));
    expect(200, client.post(thread(thread) + "/turns", start));

    assertThat(client.get(thread(thread)).at("turnCount")).isEqualTo("1");
  }

  @Test
  void turnsAreListedInTheOrderOfTheirStartEachWithItsFirstOrdinal() {
    var thread = client.startThread();
    var first = client.startTurn(thread);
    client.complete(thread, first);
    var second = client.startTurn(thread);

    var page = client.get(thread(thread) + "/turns?limit=1");
    assertThat(page.json().path("data").path(0).path("id").stringValue()).isEqualTo(first);
    assertThat(page.json().path("data").path(0).path("firstOrdinal").longValue()).isEqualTo(1);
    var rest = client.get(thread(thread) + "/turns?limit=1&cursor=" + page.at("nextCursor"));
    assertThat(rest.json().path("data").path(0).path("id").stringValue()).isEqualTo(second);
    assertThat(rest.json().path("data").path(0).path("firstOrdinal").longValue()).isEqualTo(3);
    assertThat(rest.json().path("nextCursor").isNull()).isTrue();
  }

  @Test
  void anUnknownTurnOrOneOfAnotherThreadIsNotFound() {
    var thread = client.startThread();
    var other = client.startThread();
    var turn = client.startTurn(other);

    assertThat(expect(404, client.append(thread, turn, "1")).at("code"))
        .isEqualTo("turn_not_found");
    assertThat(expect(404, client.get(turn(thread, turn))).at("code")).isEqualTo("turn_not_found");
    assertThat(expect(404, client.append(UUID.randomUUID().toString(), turn, "1")).at("code"))
        .isEqualTo("thread_not_found");
  }

  @Test
  void aDuplicateItemIsNotWrittenAgain() {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    var items =
        "{\"items\":[{\"id\":\"%s\",\"type\":\"x\",\"payload\":1},{\"id\":\"%s\",\"type\":\"x\",\"payload\":2}]}";

    var first = client.post(turn(thread, turn) + "/items", items.formatted("a", "b"));
    var again = client.post(turn(thread, turn) + "/items", items.formatted("a", "b"));
    var half = client.post(turn(thread, turn) + "/items", items.formatted("b", "c"));

    assertThat(first.at("firstOrdinal") + "-" + first.at("lastOrdinal")).isEqualTo("2-3");
    assertThat(again.at("firstOrdinal") + "-" + again.at("lastOrdinal")).isEqualTo("2-3");
    assertThat(again.at("accepted") + "+" + again.at("duplicates")).isEqualTo("0+2");
    assertThat(half.at("firstOrdinal") + "-" + half.at("lastOrdinal")).isEqualTo("3-4");
    assertThat(half.at("accepted") + "+" + half.at("duplicates")).isEqualTo("1+1");
    assertThat(client.lines(thread)).hasSize(5);
  }

  @Test
  void anAppendWithAWrongExpectedOrdinalIsRejectedCompletely() {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    var append = "{\"items\":[{\"type\":\"x\",\"payload\":1}],\"expectedOrdinal\":%d}";

    var wrong = expect(409, client.post(turn(thread, turn) + "/items", append.formatted(5)));
    assertThat(wrong.at("code")).isEqualTo("ordinal_conflict");
    assertThat(wrong.at("nextOrdinal")).isEqualTo("2");
    expect(200, client.post(turn(thread, turn) + "/items", append.formatted(2)));
  }

  @Test
  void itemsMayBeAppendedOutsideATurn() {
    var thread = client.startThread();

    var receipt = expect(200, client.post(thread(thread) + "/items", body("1", "2")));

    assertThat(receipt.json().path("turnId").isNull()).isTrue();
    assertThat(receipt.at("accepted")).isEqualTo("2");
    assertThat(receipt.at("persistence", "status")).isEqualTo("persisted");
  }
}
