package dev.rollbook.projection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.access.Owner;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadOptions;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.TestRollouts;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.text.RawJson;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The rollout of a fork shows which lines are its own and which are inherited.
class ForkedHistoryTest {
  private static final Instant LONG_AGO = Instant.parse("2026-01-01T00:00:00.000Z");
  private static final Instant FORKED = Instant.parse("2026-11-22T12:45:58.677Z");
  private static final Instant LATER = Instant.parse("2026-11-22T13:00:00.000Z");

  @TempDir Path directory;
  private final ThreadId parent = ThreadId.next();
  private TestRollouts store;
  private RolloutRef ref;
  private long nextOrdinal;

  @BeforeEach
  void put() {
    store = TestRollouts.in(directory);
    ref = store.newRef();
  }

  @Test
  void theForkPointIsReadBack() throws IOException {
    forkThrough(17L);

    assertThat(facts().meta().lineage().inheritedThrough()).isEqualTo(17);
    assertThat(facts().meta().lineage().forkedFrom()).isEqualTo(parent);
  }

  @Test
  void anInvalidForkPointIsIgnored() throws IOException {
    for (var nonsense : List.of("-1", "\"3\"", "1.5", "9223372036854775807", "9e99", "{}")) {
      ref = store.newRef();
      nextOrdinal = 0;
      write(
          FORKED,
          RolloutItem.of(
              "session_meta",
              RawJson.of("{\"rollbook\":{\"inherited_through\":" + nonsense + "}}")));

      assertThat(facts().meta().lineage().inheritedThrough()).as(nonsense).isNull();
      assertThat(facts().nextOrdinal()).isEqualTo(1);
    }
  }

  @Test
  void nameAndMetadataOfTheParentAreNotInherited() throws IOException {
    forkThrough(2L);
    write(
        LONG_AGO,
        ThreadChangeItems.nameUpdated(parent, "theirs", LONG_AGO),
        ThreadChangeItems.metadataUpdated(parent, RawJson.of("{\"theirs\":1}")));
    assertThat(facts().name()).isEqualTo("given");
    assertThat(facts().metadata()).hasToString("{\"given\":1}");

    write(
        LATER,
        ThreadChangeItems.nameUpdated(ref.thread(), "own", LATER),
        ThreadChangeItems.metadataUpdated(ref.thread(), RawJson.of("{\"own\":1}")));
    assertThat(facts().name()).isEqualTo("own");
    assertThat(facts().metadata()).hasToString("{\"own\":1}");
    assertThat(facts().itemCount()).isEqualTo(5);
  }

  @Test
  void aForkIsAsOldAsItsOwnLines() throws IOException {
    forkThrough(2L);
    turn(LONG_AGO, null);
    assertThat(facts().updatedAt()).isEqualTo(FORKED);
    assertThat(facts().turns().getFirst().startedAt()).isEqualTo(LONG_AGO);
    assertThat(facts().turns().getFirst().completedAt()).isEqualTo(LONG_AGO);

    turn(LATER, null);
    assertThat(facts().updatedAt()).isEqualTo(LATER);
  }

  @Test
  void usageIsOwnOrInheritedByWhereTheTurnEnded() throws IOException {
    forkThrough(4L);
    turn(LONG_AGO, "{\"n\":1}");
    turn(LONG_AGO, "{\"n\":2}");
    assertThat(facts().inheritedUsage().json()).isEqualTo("{\"n\":3}");
    assertThat(facts().ownUsage().json()).isNull();

    turn(LATER, "{\"n\":10,\"m\":1e999999}");
    turn(LATER, "\"much\"");
    assertThat(facts().inheritedUsage().json()).isEqualTo("{\"n\":3}");
    assertThat(facts().ownUsage().json()).isEqualTo("{\"n\":10}");
    assertThat(facts().turns().getLast().usage()).hasToString("\"much\"");
  }

  @Test
  void ordinalsSkippedAtTheEndOfTheParentAreUsedInTheFork() throws IOException {
    forkThrough(9L);
    write(LONG_AGO, RolloutItem.of("note", RawJson.of("1")));
    assertThat(facts().nextOrdinal()).isEqualTo(10);
    assertThat(facts().holes()).containsExactly(new OrdinalRange(2, 9));

    nextOrdinal = 10;
    write(LATER, RolloutItem.of("note", RawJson.of("2")));
    assertThat(facts().nextOrdinal()).isEqualTo(11);
    assertThat(facts().holes()).containsExactly(new OrdinalRange(2, 9));
    assertThat(facts().itemCount()).isEqualTo(3);
  }

  @Test
  void aForeignTurnCanBeEndedByRollbook() throws IOException {
    var turn = TurnId.next();
    forkThrough(1L);
    write(
        LONG_AGO,
        RolloutItem.of(
            "event_msg", RawJson.of("{\"type\":\"task_started\",\"turn_id\":\"" + turn + "\"}")));

    write(LATER, ended(turn, LATER, TurnStatus.INTERRUPTED, null));

    assertThat(facts().turns())
        .singleElement()
        .returns(TurnStatus.INTERRUPTED, TurnFacts::status)
        .returns(LATER, TurnFacts::completedAt);
  }

  private void forkThrough(@Nullable Long ordinal) throws IOException {
    var meta =
        new SessionMeta(
            ref.thread(),
            FORKED,
            new ThreadOptions(
                "given", null, null, null, null, null, null, RawJson.of("{\"given\":1}")),
            ThreadLineage.forkOf(parent, ordinal),
            null,
            Owner.NONE);
    write(FORKED, meta.toItem("0.1"));
  }

  private void turn(Instant at, @Nullable String usage) throws IOException {
    var turn = TurnId.next();
    write(
        at,
        TurnMarker.started(turn, at, null),
        ended(turn, at, TurnStatus.COMPLETED, usage == null ? null : RawJson.of(usage)));
  }

  private static RolloutItem ended(
      TurnId turn, Instant at, TurnStatus status, @Nullable RawJson usage) {
    return TurnMarker.ended(turn, at, at, new TurnResult(status, null, usage, null));
  }

  private ThreadFacts facts() throws IOException {
    try (var reader = store.rollouts().read(ref)) {
      return HistoryFold.read(ref.thread(), reader, Instant.EPOCH).orElseThrow();
    }
  }

  private void write(Instant at, RolloutItem... items) throws IOException {
    store.append(ref, EncodedLines.encode(List.of(items), nextOrdinal, at.toString()));
    nextOrdinal += items.length;
  }
}
