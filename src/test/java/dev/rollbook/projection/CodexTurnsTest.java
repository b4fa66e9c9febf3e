package dev.rollbook.projection;

import static dev.rollbook.model.TurnStatus.COMPLETED;
import static dev.rollbook.model.TurnStatus.INTERRUPTED;
import static dev.rollbook.model.TurnStatus.IN_PROGRESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.model.TurnId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Turns of Codex threads are read from turn markers, including incomplete ones.
class CodexTurnsTest {
  private static final String FIRST = "01999999-0000-7000-8000-00000000000a";
  private static final String SECOND = "01999999-0000-7000-8000-00000000000b";
  private static final String THIRD = "01999999-0000-7000-8000-00000000000c";

  @TempDir Path directory;
  private CodexRolloutBuilder file;

  @BeforeEach
  void begin() {
    file = CodexRolloutBuilder.in(directory);
  }

  @ParameterizedTest
  @CsvSource({"task_started,task_complete", "turn_started,turn_complete"})
  void bothSpellingsOfTurnMarkersAreRead(String start, String end) throws IOException {
    file.event(start, id(FIRST)).event("note", "").event(end, id(FIRST)).event("note", "");

    var turn = only();
    assertThat(turn.id()).hasToString(FIRST);
    assertThat(turn.status()).isEqualTo(COMPLETED);
    assertThat(turn.startedAt()).isEqualTo(at(1));
    assertThat(turn.completedAt()).isEqualTo(at(3));
    assertThat(List.of(turn.firstOrdinal(), turn.lastOrdinal(), turn.itemCount()))
        .containsExactly(1L, 3L, 3L);
    assertThat(turn.own()).isFalse();
  }

  @Test
  void aTurnThatIsNotEndedIsInProgress() throws IOException {
    file.event("task_started", id(FIRST)).event("note", "");

    assertThat(only().status()).isEqualTo(IN_PROGRESS);
    assertThat(only().completedAt()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''        | ''                               | COMPLETED |
          ''        | ,"error":null                    | COMPLETED |
          ''        | ,"error":{"message":"m"}         | FAILED    | {"message":"m"}
          error     | ,"last_agent_message":null       | FAILED    | {"message":"e","codex_error_info":"other"}
          error     | ''                               | FAILED    | {"message":"e","codex_error_info":"other"}
          error     | ,"last_agent_message":"done"     | COMPLETED |
          error     | ,"error":{"message":"m"}         | FAILED    | {"message":"m"}
          warning   | ,"last_agent_message":null       | COMPLETED |
          """)
  void aTurnFailedIfItsEndSaysSoOrItsLastEventIsAnError(
      String event, String end, String status, String error) throws IOException {
    file.event("task_started", id(FIRST));
    if (!event.isEmpty()) {
      file.event(event, ",\"message\":\"e\",\"codex_error_info\":\"other\"");
    }
    file.event("token_count", ",\"info\":null").event("task_complete", id(FIRST) + end);

    assertThat(only().status()).hasToString(status);
    assertThat(String.valueOf(only().error())).isEqualTo(String.valueOf(error));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {"01999999-0000-7000-8000-00000000000a", "none"})
  void anAbortInterruptsTheNamedOrTheRunningTurn(String named) throws IOException {
    file.event("task_started", id(FIRST)).event("turn_aborted", named == null ? "" : id(named));

    assertThat(only().status()).isEqualTo(INTERRUPTED);
    assertThat(only().completedAt()).isEqualTo(at(2));
  }

  @Test
  void aSecondEndOfATurnIsIgnored() throws IOException {
    file.event("task_started", id(FIRST))
        .event("task_complete", id(FIRST))
        .event("task_started", id(SECOND))
        .event("turn_aborted", id(FIRST))
        .event("task_complete", id(FIRST));

    assertThat(turns()).containsExactly("a COMPLETED 1-2 2", "b IN_PROGRESS 3-5 3");
  }

  @Test
  void inALegacyFileTheEndOfAnUnknownTurnEndsTheRunningOne() throws IOException {
    file.event("task_started", id(FIRST)).event("task_complete", id(THIRD));
    file.event("task_started", id(SECOND)).event("turn_aborted", id(THIRD));

    assertThat(turns()).containsExactly("a COMPLETED 1-2 2", "b INTERRUPTED 3-4 2");
  }

  @Test
  void inAPaginatedFileTheEndOfAnUnknownTurnIsATurnAndInterruptsTheRunningOne() throws IOException {
    paginated();
    file.event("task_started", id(FIRST)).event("task_complete", id(THIRD));

    assertThat(turns()).containsExactly("a INTERRUPTED 1-1 1", "c COMPLETED 2-2 1");
  }

  /// The reviewer's turn begins within the turn of `/review`, and its end is in the reviewer's
  /// file.
  @Test
  void aReviewEndsItsTurnAndTheReviewersIsInterrupted() throws IOException {
    paginated();
    file.event("item_completed", id(FIRST) + item("EnteredReviewMode"))
        .event("task_started", id(SECOND))
        .event("item_completed", id(SECOND) + item("UserMessage"))
        .line("response_item", "{}")
        .event("item_completed", id(FIRST) + item("ExitedReviewMode"))
        .event("task_complete", id(FIRST))
        .event("note", "");

    assertThat(turns()).containsExactly("a COMPLETED 1-6 3", "b INTERRUPTED 2-4 3");
    assertThat(file.facts().running()).isNull();
  }

  @Test
  void aReviewInALegacyFileEndsToo() throws IOException {
    file.event("entered_review_mode", id(FIRST))
        .event("task_started", id(SECOND))
        .event("user_message", ",\"message\":\"check it\"")
        .event("exited_review_mode", id(FIRST))
        .event("agent_message", ",\"message\":\"checked\"")
        .event("task_complete", id(FIRST));

    assertThat(turns()).containsExactly("a COMPLETED 1-6 4", "b INTERRUPTED 2-3 2");
  }

  @Test
  void aReviewOfAnOldCodexThatDoesNotNameItsTurnEndsWithIt() throws IOException {
    file.event("entered_review_mode", "")
        .event("task_started", id(SECOND))
        .event("exited_review_mode", "")
        .event("task_complete", id(THIRD));

    assertThat(turns()).containsExactly("b COMPLETED 2-4 3");
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void nestedTurnsHaveTheirOwnEndAndUsage(boolean innerEnds) throws IOException {
    file.event("task_started", id(FIRST))
        .event("token_count", total(10))
        .event("task_started", id(SECOND))
        .event("token_count", total(15));
    if (innerEnds) {
      file.event("task_complete", id(SECOND));
    } else {
      file.event("note", "");
    }
    file.event("token_count", total(innerEnds ? 15 : 16) + id(FIRST))
        .event("token_count", total(18))
        .event("task_complete", id(FIRST));

    assertThat(turns())
        .containsExactly(
            "a COMPLETED 1-8 5", innerEnds ? "b COMPLETED 3-5 3" : "b INTERRUPTED 3-5 3");
    assertThat(file.facts().turns())
        .map(turn -> String.valueOf(turn.usage()))
        .containsExactly("{\"n\":13}", "{\"n\":5}");
    assertThat(file.facts().ownUsage().json()).isEqualTo("{\"n\":18}");
  }

  private void paginated() {
    file = CodexRolloutBuilder.in(directory, ",\"history_mode\":\"paginated\"");
  }

  private static String item(String type) {
    return ",\"item\":{\"type\":\"%s\"}".formatted(type);
  }

  private static String total(int n) {
    return ",\"info\":{\"total_token_usage\":{\"n\":%d}}".formatted(n);
  }

  private List<String> turns() throws IOException {
    return file.facts().turns().stream()
        .map(turn ->
            "%s %s %d-%d %d"
                .formatted(
                    turn.id().toString().substring(35),
                    turn.status(),
                    turn.firstOrdinal(),
                    turn.lastOrdinal(),
                    turn.itemCount()))
        .toList();
  }

  @Test
  void anUnendedTurnWasInterruptedAtItsLastLine() throws IOException {
    file.event("task_started", id(FIRST)).event("note", "").event("task_started", id(SECOND));

    var turns = file.facts().turns();
    assertThat(turns).extracting(TurnFacts::status).containsExactly(INTERRUPTED, IN_PROGRESS);
    assertThat(turns.getFirst().completedAt()).isEqualTo(at(2));
    assertThat(turns.getFirst().lastOrdinal()).isEqualTo(2);
    assertThat(turns.getLast().firstOrdinal()).isEqualTo(3);
  }

  @Test
  void aRollbookTurnContinuesAfterAnUnendedCodexTurn() throws IOException {
    var own = TurnId.next();
    file.event("task_started", id(FIRST))
        .line("event_msg", TurnMarker.started(own, at(2), null).payload().toString());

    var turns = file.facts().turns();
    assertThat(turns).extracting(TurnFacts::status).containsExactly(INTERRUPTED, IN_PROGRESS);
    assertThat(turns).extracting(TurnFacts::own).containsExactly(false, true);
  }

  @Test
  void aTurnThatStartsTwiceIsOneTurn() throws IOException {
    file.event("task_started", id(FIRST))
        .event("task_started", id(FIRST))
        .event("task_complete", id(FIRST))
        .event("task_started", id(FIRST));

    assertThat(only().status()).isEqualTo(COMPLETED);
    assertThat(only().itemCount()).isEqualTo(3);
  }

  @Test
  void aTurnWithoutAUuidGetsADeterministicTimeOrderedOne() throws IOException {
    file.event("task_started", id("7"))
        .event("task_complete", id("7"))
        .event("task_started", id("8"))
        .event("turn_aborted", id("7"))
        .event("turn_aborted", id("8"))
        .event("task_started", "")
        .event("task_complete", "");

    var turns = file.facts().turns();
    assertThat(turns)
        .extracting(TurnFacts::status)
        .containsExactly(COMPLETED, INTERRUPTED, COMPLETED);
    assertThat(turns).extracting(TurnFacts::lastOrdinal).containsExactly(2L, 5L, 7L);
    assertThat(turns).extracting(turn -> turn.id().toString()).isSorted().doesNotHaveDuplicates();
    assertThat(turns.getFirst().id().value().version()).isEqualTo(7);
    assertThat(turns.getFirst().id()).hasToString(REMEMBERED);
  }

  @Test
  void aTurnIdReusedAfterARestartIsAnotherTurn() throws IOException {
    file.event("task_started", id("1")).event("task_started", id("1"));

    assertThat(file.facts().turns())
        .extracting(TurnFacts::status)
        .containsExactly(INTERRUPTED, IN_PROGRESS);
  }

  private static final String REMEMBERED = "01999fa4-c9e8-79bc-bebe-b5400f3bb099";

  private TurnFacts only() throws IOException {
    assertThat(file.facts().turns()).hasSize(1);
    return file.facts().turns().getFirst();
  }

  static Instant at(int line) {
    return CodexRolloutBuilder.START.plusSeconds(line);
  }

  static String id(String turn) {
    return ",\"turn_id\":\"%s\"".formatted(turn);
  }
}
