package dev.rollbook.projection;

import static dev.rollbook.model.TurnStatus.COMPLETED;
import static dev.rollbook.model.TurnStatus.FAILED;
import static dev.rollbook.model.TurnStatus.INTERRUPTED;
import static dev.rollbook.model.TurnStatus.IN_PROGRESS;
import static dev.rollbook.projection.CodexTurnsTest.at;
import static dev.rollbook.projection.CodexTurnsTest.id;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.TurnId;
import dev.rollbook.rollout.TestRollouts;
import dev.rollbook.rollout.line.EncodedLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Old Codex rollouts have no turn markers: each user message starts an implied turn.
class ImpliedTurnsTest {
  private static final String TYPED = ",\"message\":\"%s\"";

  @TempDir Path directory;

  @Test
  void aTurnGoesFromOneMessageToTheNext() throws IOException {
    var facts =
        old()
            .event("user_message", TYPED.formatted("one"))
            .event("agent_message", "")
            .line("response_item", "{}")
            .event("user_message", TYPED.formatted("two"))
            .facts();

    var first = facts.turns().getFirst();
    assertThat(facts.turns()).extracting(TurnFacts::status).containsExactly(COMPLETED, COMPLETED);
    assertThat(facts.turns()).extracting(TurnFacts::firstOrdinal).containsExactly(2L, 5L);
    assertThat(facts.turns()).extracting(TurnFacts::itemCount).containsExactly(3L, 1L);
    assertThat(first.startedAt()).isEqualTo(at(2));
    assertThat(first.completedAt()).isEqualTo(at(4));
    assertThat(first.own()).isFalse();
    assertThat(first.id().value().version()).isEqualTo(7);
    assertThat(facts.turns().getLast().completedAt()).isEqualTo(at(5));
    assertThat(facts.preview()).isEqualTo("one");
  }

  @Test
  void theLastImpliedTurnKeepsItsIdWhenItGrows() throws IOException {
    var file = old().event("user_message", "");
    var before = file.facts().turns().getFirst();

    var after = file.event("agent_message", "").facts().turns();

    assertThat(after).hasSize(1);
    assertThat(after.getFirst().id()).isEqualTo(before.id());
    assertThat(after.getFirst().lastOrdinal()).isEqualTo(3);
    assertThat(after.getFirst().completedAt()).isEqualTo(at(3));
  }

  @Test
  void aFileWithoutEventsHasNoTurns() throws IOException {
    var facts =
        CodexRolloutBuilder.in(directory)
            .line("response_item", "{\"type\":\"message\",\"role\":\"user\",\"content\":[]}")
            .facts();

    assertThat(facts.turns()).isEmpty();
  }

  @Test
  void anAbortInterruptsAnImpliedTurn() throws IOException {
    var facts = old().event("user_message", "").event("turn_aborted", "").event("note", "").facts();

    assertThat(facts.turns()).extracting(TurnFacts::status).containsExactly(INTERRUPTED);
    assertThat(facts.turns().getFirst().lastOrdinal()).isEqualTo(4);
  }

  @Test
  void anImpliedTurnFailedIfItsLastEventIsAnError() throws IOException {
    var file = old().event("user_message", "").event("error", ",\"message\":\"m\"");
    file.event("token_count", ",\"info\":null");
    assertThat(file.facts().turns().getFirst().status()).isEqualTo(FAILED);
    assertThat(file.facts().turns().getFirst().error()).hasToString("{\"message\":\"m\"}");

    file.event("agent_message", "");
    assertThat(file.facts().turns().getFirst().status()).isEqualTo(COMPLETED);
    assertThat(file.facts().turns().getFirst().error()).isNull();
  }

  @Test
  void noTurnIsImpliedAfterTheFirstTurnMarker() throws IOException {
    var facts =
        old()
            .event("user_message", "")
            .event("agent_message", "")
            .event("task_started", id("7"))
            .event("user_message", "")
            .event("task_complete", id("7"))
            .event("user_message", "")
            .facts();

    assertThat(facts.turns()).extracting(TurnFacts::status).containsExactly(COMPLETED, COMPLETED);
    assertThat(facts.turns()).extracting(TurnFacts::firstOrdinal).containsExactly(2L, 4L);
    assertThat(facts.turns()).extracting(TurnFacts::lastOrdinal).containsExactly(3L, 6L);
    assertThat(facts.turns().getFirst().completedAt()).isEqualTo(at(3));
  }

  @Test
  void noTurnIsImpliedInARollbookThread() throws IOException {
    var facts =
        CodexRolloutBuilder.in(directory, ",\"rollbook\":{},\"originator\":\"rollbook\"")
            .event("user_message", "")
            .event("task_started", id("7"))
            .facts();

    assertThat(facts.turns()).isEmpty();
  }

  /// Rollbook numbers its lines, also those that it adds to a rollout of Codex's.
  @Test
  void linesOfRollbookAreNotPartOfAnImpliedTurn() throws IOException {
    var store = TestRollouts.in(directory);
    var ref = store.newRef();
    var at = CodexRolloutBuilder.START.toString();
    var line = "{\"timestamp\":\"%s\",\"type\":\"%s\",\"payload\":{%s}}\n";
    Files.createDirectories(ref.path().getParent());
    Files.writeString(
        ref.path(),
        line.formatted(at, "session_meta", "\"originator\":\"codex_cli_rs\"")
            + line.formatted(at, "event_msg", "\"type\":\"user_message\",\"message\":\"old\""));
    store.append(ref, EncodedLines.encode(typed(), 2, at));
    store.append(
        ref, EncodedLines.encode(List.of(TurnMarker.started(TurnId.next(), at(5), null)), 4, at));

    ThreadFacts facts;
    try (var reader = store.rollouts().read(ref)) {
      facts = HistoryFold.read(ref.thread(), reader, Instant.EPOCH).orElseThrow();
    }

    assertThat(facts.turns()).extracting(TurnFacts::status).containsExactly(COMPLETED, IN_PROGRESS);
    assertThat(facts.turns().getFirst().itemCount()).isEqualTo(1);
    assertThat(facts.turns().getLast().firstOrdinal()).isEqualTo(4);
  }

  private static List<RolloutItem> typed() {
    return TurnMarker.userMessage("new");
  }

  private CodexRolloutBuilder old() {
    return CodexRolloutBuilder.in(directory).line("turn_context", "{}");
  }
}
