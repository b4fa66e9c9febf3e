package dev.rollbook.projection;

import static dev.rollbook.projection.CodexTurnsTest.id;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.text.RawJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Token usage of Codex turns is derived from its usage records and counters.
class CodexUsageTest {
  private static final String FIRST = "01999999-0000-7000-8000-00000000000a";
  private static final String SECOND = "01999999-0000-7000-8000-00000000000b";
  private static final String COUNT =
      """
      ,"info":{"total_token_usage":{"input_tokens":%d,"total_tokens":%d},\
      "last_token_usage":{"input_tokens":%d,"total_tokens":%d},"model_context_window":258400}\
      """;

  @TempDir Path directory;
  private CodexRolloutBuilder file;

  @BeforeEach
  void begin() {
    file = CodexRolloutBuilder.in(directory);
  }

  @Test
  void usageRecordsAreAddedUp() throws IOException {
    start(FIRST);
    record(FIRST, 10).count(10, 10);
    record(FIRST, 5).count(1000, 5);
    file.event("task_complete", id(FIRST));

    assertThat(usages()).containsExactly(used(15));
    assertThat(file.facts().ownUsage().json()).isEqualTo(used(15));
  }

  @Test
  void aRecordBelongsToTheTurnThatItNamesEvenIfAnotherRuns() throws IOException {
    start(FIRST);
    record(FIRST, 10);
    file.event("turn_aborted", id(FIRST));
    start(SECOND);
    record(FIRST, 5);
    record(SECOND, 1);
    record("01999999-0000-7000-8000-00000000000c", 100);

    assertThat(usages()).containsExactly(used(15), used(1));
    assertThat(file.facts().ownUsage().json()).isEqualTo(used(16));
  }

  @Test
  void aRecordWithoutATurnBelongsToTheRunningTurn() throws IOException {
    start(FIRST);
    file.line("token_usage_record", "{\"usage\":{\"input_tokens\":3,\"total_tokens\":3}}");

    assertThat(usages()).containsExactly(used(3));
  }

  @Test
  void withoutRecordsUsageIsTheIncreaseOfTheCounter() throws IOException {
    count(5, 5);
    start(FIRST);
    count(12, 7).count(12, 7);
    file.event("token_count", ",\"info\":null").event("task_complete", id(FIRST));
    count(14, 2);
    start(SECOND);
    count(20, 6);

    assertThat(usages()).containsExactly(used(7), used(6));
    assertThat(file.facts().ownUsage().json()).isEqualTo(used(13));
  }

  @Test
  void afterACounterResetItsStepsAreAddedUp() throws IOException {
    count(1000, 1000);
    start(FIRST);
    count(1010, 10).count(1010, 10);
    count(4, 4).count(9, 5);

    assertThat(usages()).containsExactly(used(19));
  }

  @Test
  void aTurnWithoutCountsHasUnknownUsage() throws IOException {
    count(5, 5);
    start(FIRST);
    file.event("token_count", ",\"info\":null")
        .event("token_count", ",\"info\":{\"total_token_usage\":null}")
        .event("task_complete", id(FIRST));

    assertThat(usages()).containsExactly((String) null);
    assertThat(file.facts().ownUsage().json()).isNull();
  }

  @Test
  void usageInTheTurnMarkerWins() throws IOException {
    start(FIRST);
    record(FIRST, 10);
    file.event("task_complete", id(FIRST) + ",\"usage\":{\"tokens\":1}");
    record(FIRST, 10);

    assertThat(usages()).containsExactly("{\"tokens\":1}");
    assertThat(file.facts().ownUsage().json()).isEqualTo("{\"tokens\":1}");
  }

  @Test
  void aTurnInterruptedByTheNextOneKeepsItsUsage() throws IOException {
    start(FIRST);
    count(5, 5);
    start(SECOND);
    count(7, 2);

    assertThat(usages()).containsExactly(used(5), used(2));
    assertThat(file.facts().ownUsage().json()).isEqualTo(used(7));
  }

  @Test
  void impliedTurnsHaveTheUsageCountedBetweenThem() throws IOException {
    file.event("user_message", "");
    count(5, 5);
    file.event("user_message", "");
    count(8, 3);

    assertThat(usages()).containsExactly(used(5), used(3));
    assertThat(file.facts().ownUsage().json()).isEqualTo(used(8));
  }

  @Test
  void noUsageIsDerivedForRollbookTurns() throws IOException {
    var own = TurnId.next();
    var at = CodexRolloutBuilder.START;
    line(TurnMarker.started(own, at, null).payload());
    record(own.toString(), 10).count(10, 10);
    line(
        TurnMarker.ended(own, at, at, new TurnResult(TurnStatus.COMPLETED, null, null, null))
            .payload());
    start(FIRST);
    count(12, 2);

    assertThat(usages()).containsExactly(null, used(2));
    assertThat(file.facts().ownUsage().json()).isEqualTo(used(2));
  }

  private void start(String turn) {
    file.event("task_started", id(turn));
  }

  private void line(RawJson payload) {
    file.line("event_msg", payload.toString());
  }

  private CodexUsageTest record(String turn, int tokens) {
    file.line(
        "token_usage_record", "{\"turn_id\":\"%s\",\"usage\":%s}".formatted(turn, used(tokens)));
    return this;
  }

  private CodexUsageTest count(int total, int last) {
    file.event("token_count", COUNT.formatted(total, total, last, last));
    return this;
  }

  private static String used(int tokens) {
    return "{\"input_tokens\":%d,\"total_tokens\":%d}".formatted(tokens, tokens);
  }

  private List<@Nullable String> usages() throws IOException {
    return file.facts().turns().stream()
        .<@Nullable String>map(turn -> turn.usage() == null ? null : turn.usage().toString())
        .toList();
  }
}
