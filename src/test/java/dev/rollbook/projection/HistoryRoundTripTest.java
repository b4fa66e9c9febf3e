package dev.rollbook.projection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.access.Owner;
import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadOptions;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.TestRollouts;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.text.RawJson;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Everything that Rollbook writes into a rollout is read back.
class HistoryRoundTripTest {
  private static final Instant START = Instant.parse("2026-11-22T12:45:58.677Z");
  private static final Instant END = Instant.parse("2026-11-22T12:46:00.120Z");

  @TempDir Path directory;
  private TestRollouts store;
  private RolloutRef ref;
  private final TurnId turn = TurnId.next();
  private long nextOrdinal;

  @BeforeEach
  void put() {
    store = TestRollouts.in(directory);
    ref = store.newRef();
  }

  @ParameterizedTest
  @EnumSource
  void allStartParametersOfAThreadAreReadBack(PersistencePolicy policy) throws IOException {
    var given =
        new SessionMeta(
            ref.thread(),
            START,
            new ThreadOptions(
                "a \"name\" 世界",
                "/home/dev",
                "model-1",
                "provider",
                "ide",
                "1.2.3",
                policy,
                RawJson.of("{\"n\":1.10,\"b\":null,\"a\":[true]}")),
            ThreadLineage.forkOf(ThreadId.next(), null),
            new GitState("0b1c2d", "main", "https://example.org/project.git"),
            new Owner("team-a", "ci"));

    var facts = written(given);

    assertThat(facts.meta()).usingRecursiveComparison(comparingJson()).isEqualTo(given);
    assertThat(facts.name()).isEqualTo(given.options().name());
    assertThat(facts.metadata()).hasToString("{\"n\":1.10,\"b\":null,\"a\":[true]}");
    assertThat(facts.itemCount()).isEqualTo(1);
    assertThat(facts.nextOrdinal()).isEqualTo(1);
    assertThat(facts.turns()).isEmpty();
  }

  @Test
  void aThreadStartedWithoutParametersHasNoneThoughCodexGetsDefaults() throws IOException {
    var given = bare();

    assertThat(written(given).meta()).isEqualTo(given);
    assertThat(given.toItem("0.1").payload().toString())
        .contains("\"cwd\":\"/\"", "\"cli_version\":\"0.1\"", "\"source\":\"cli\"")
        .doesNotContain("history_mode");
  }

  @Test
  void aCompletedTurnIsReadBackWithItsUsage() throws IOException {
    var facts = turnEnding(TurnStatus.COMPLETED, null, "{\"tokens\":12.50}");

    assertThat(facts.status()).isEqualTo(TurnStatus.COMPLETED);
    assertThat(facts.usage()).hasToString("{\"tokens\":12.50}");
    assertThat(facts.error()).isNull();
    assertThat(facts.own()).isTrue();
    assertThat(facts.startedAt()).isEqualTo(START);
    assertThat(facts.completedAt()).isEqualTo(END);
    assertThat(facts.metadata()).hasToString("{\"kind\":\"test\"}");
  }

  @Test
  void aCompletedTurnWithAnErrorStaysCompleted() throws IOException {
    var facts = turnEnding(TurnStatus.COMPLETED, "{\"warning\":1}", null);

    assertThat(facts.status()).isEqualTo(TurnStatus.COMPLETED);
    assertThat(facts.error()).hasToString("{\"warning\":1}");
  }

  @Test
  void aFailedTurnWithoutAnErrorStaysFailed() throws IOException {
    var facts = turnEnding(TurnStatus.FAILED, null, null);

    assertThat(facts.status()).isEqualTo(TurnStatus.FAILED);
    assertThat(facts.error()).isNull();
  }

  @Test
  void aFailedTurnIsReadBackWithItsError() throws IOException {
    var facts = turnEnding(TurnStatus.FAILED, "\"it broke\"", null);

    assertThat(facts.status()).isEqualTo(TurnStatus.FAILED);
    assertThat(facts.error()).hasToString("\"it broke\"");
  }

  @Test
  void anInterruptedTurnStaysInterrupted() throws IOException {
    var facts = turnEnding(TurnStatus.INTERRUPTED, null, "{\"tokens\":1}");

    assertThat(facts.status()).isEqualTo(TurnStatus.INTERRUPTED);
    assertThat(facts.usage()).hasToString("{\"tokens\":1}");
  }

  @Test
  void anUnendedTurnIsInProgress() throws IOException {
    var facts = written(bare(), TurnMarker.started(turn, START, null));

    assertThat(facts.turns()).singleElement().returns(TurnStatus.IN_PROGRESS, TurnFacts::status);
    assertThat(facts.turns().getFirst().completedAt()).isNull();
  }

  @Test
  void aTurnCountsTheItemsFromItsFirstLineToItsLast() throws IOException {
    var note = RolloutItem.of("note", RawJson.of("{}"));

    var facts = written(bare(), note, started(), note, note, ended(TurnStatus.COMPLETED), note);

    var first = facts.turns().getFirst();
    assertThat(first.firstOrdinal()).isEqualTo(2);
    assertThat(first.lastOrdinal()).isEqualTo(5);
    assertThat(first.itemCount()).isEqualTo(4);
    assertThat(facts.itemCount()).isEqualTo(7);
  }

  @Test
  void aTurnMarkerSentByAClientInsideATurnIsAnItem() throws IOException {
    var theirs = TurnId.next();
    var begin = "{\"type\":\"task_started\",\"turn_id\":\"%s\"}";
    var end = "{\"type\":\"task_complete\",\"turn_id\":\"%s\"}";

    var facts =
        written(
            bare(),
            started(),
            RolloutItem.of("event_msg", RawJson.of(begin.formatted(theirs))),
            RolloutItem.of("event_msg", RawJson.of(end.formatted(theirs))),
            RolloutItem.of("event_msg", RawJson.of(end.formatted(turn))));

    assertThat(facts.turns()).singleElement().returns(turn, TurnFacts::id);
    assertThat(facts.turns().getFirst().status()).isEqualTo(TurnStatus.IN_PROGRESS);
    assertThat(facts.turns().getFirst().itemCount()).isEqualTo(4);
  }

  @Test
  void theLastNameAndTheLastMetadataCount() throws IOException {
    var facts =
        written(
            bare(),
            ThreadChangeItems.nameUpdated(ref.thread(), "first", START),
            ThreadChangeItems.metadataUpdated(ref.thread(), RawJson.of("{\"a\":1}")),
            ThreadChangeItems.nameUpdated(ref.thread(), "second", START),
            ThreadChangeItems.metadataUpdated(ref.thread(), RawJson.of("{\"b\":0.10}")));

    assertThat(facts.name()).isEqualTo("second");
    assertThat(facts.metadata()).hasToString("{\"b\":0.10}");
  }

  @Test
  void aRemovedNameIsGone() throws IOException {
    var facts =
        written(
            bare(),
            ThreadChangeItems.nameUpdated(ref.thread(), "name", START),
            ThreadChangeItems.nameUpdated(ref.thread(), null, START));

    assertThat(facts.name()).isNull();
  }

  @Test
  void aFailedResumeIsAnItemThatChangesNothing() throws IOException {
    var failed =
        ThreadChangeItems.resumeFailed(ThreadId.next(), ResumeFailure.ROLLOUT_EMPTY, "it is empty");

    var facts = written(bare(), failed);

    assertThat(failed.payload().toString()).contains("\"reason\":\"rollout_empty\"");
    assertThat(facts.itemCount()).isEqualTo(2);
    assertThat(facts.preview()).isNull();
  }

  @Test
  void skippedItemsAreHoles() throws IOException {
    write(bare().toItem("0.1"));
    nextOrdinal += 3;
    write(started());
    nextOrdinal += 1;
    write(ended(TurnStatus.COMPLETED));

    var facts = facts();

    assertThat(facts.holes()).hasSize(2);
    assertThat(facts.itemCount()).isEqualTo(3);
    assertThat(facts.nextOrdinal()).isEqualTo(7);
  }

  @Test
  void aFileWithoutSessionMetaIsNotAThread() throws IOException {
    write(started());

    try (var reader = store.rollouts().read(ref)) {
      assertThat(HistoryFold.read(ref.thread(), reader, START)).isEmpty();
    }
  }

  private TurnFacts turnEnding(TurnStatus status, @Nullable String error, @Nullable String usage)
      throws IOException {
    var end = new TurnResult(status, json(error), json(usage), "bye");
    var begun = TurnMarker.started(turn, START, RawJson.of("{\"kind\":\"test\"}"));
    var facts = written(bare(), begun, timed(TurnMarker.ended(turn, START, END, end), END));
    return facts.turns().getFirst();
  }

  private RolloutItem started() {
    return TurnMarker.started(turn, START, null);
  }

  private RolloutItem ended(TurnStatus status) {
    return TurnMarker.ended(turn, START, END, new TurnResult(status, null, null, null));
  }

  private SessionMeta bare() {
    return new SessionMeta(
        ref.thread(),
        START,
        new ThreadOptions(null, null, null, null, null, null, PersistencePolicy.BEST_EFFORT, null),
        ThreadLineage.NONE,
        null,
        Owner.NONE);
  }

  private ThreadFacts written(SessionMeta meta, RolloutItem... items) throws IOException {
    write(meta.toItem("0.1"));
    write(items);
    return facts();
  }

  private ThreadFacts facts() throws IOException {
    try (var reader = store.rollouts().read(ref)) {
      return HistoryFold.read(ref.thread(), reader, Instant.EPOCH).orElseThrow();
    }
  }

  private void write(RolloutItem... items) throws IOException {
    store.append(ref, EncodedLines.encode(List.of(items), nextOrdinal, START.toString()));
    nextOrdinal += items.length;
  }

  private static RolloutItem timed(RolloutItem item, Instant at) {
    return new RolloutItem(item.id(), at.toString(), item.type(), item.payload(), item.metadata());
  }

  private static @Nullable RawJson json(@Nullable String text) {
    return text == null ? null : RawJson.of(text);
  }

  private static org.assertj.core.api.recursive.comparison.RecursiveComparisonConfiguration
      comparingJson() {
    return org.assertj.core.api.recursive.comparison.RecursiveComparisonConfiguration.builder()
        .withEqualsForType((one, two) -> one.toString().equals(two.toString()), RawJson.class)
        .build();
  }
}
