package dev.rollbook.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.access.Owner;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadNotes;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.HistoryFold;
import dev.rollbook.projection.TurnResult;
import dev.rollbook.statedb.ThreadProgress;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRow.Activity;
import dev.rollbook.statedb.ThreadRow.Attributes;
import dev.rollbook.statedb.ThreadRow.Counters;
import dev.rollbook.statedb.ThreadRow.Lineage;
import dev.rollbook.statedb.ThreadRow.Provenance;
import dev.rollbook.statedb.ThreadRow.Storage;
import dev.rollbook.statedb.ThreadRow.TokenSums;
import dev.rollbook.statedb.TurnRow;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Row changes of a live thread that are not yet saved.
class LiveStateTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final ThreadId thread = ThreadId.next();
  private final TurnId turn = TurnId.next();
  private final LiveState state = new LiveState(row(), null, 0);

  @Test
  void aTurnRepairedDuringASaveIsSavedAgain() {
    var begun = new LiveTurn(LiveTurn.begin(thread, turn, NOW, 1, null));
    state.begin(begun);
    state.end(begun, new TurnResult(TurnStatus.COMPLETED, null, null, null), NOW);
    var ended = state.unsavedTurns().getFirst();

    state.refilled(ended, 2);
    state.saved(new LiveSnapshot(progress(), List.of(ended), null, 0, 0, ThreadNotes.NONE), 0);

    assertThat(state.unsavedTurns()).extracting(TurnRow::itemCount).containsExactly(2L);
    state.saved(
        new LiveSnapshot(progress(), state.unsavedTurns(), null, 0, 0, ThreadNotes.NONE), 0);
    assertThat(state.unsavedTurns()).isEmpty();
  }

  private ThreadProgress progress() {
    return new ThreadProgress(
        thread.value(),
        new Activity(NOW, null, null, null, false),
        new Counters(1, 3, 3, 0),
        TokenSums.NONE,
        100,
        true,
        null,
        ThreadNotes.NONE);
  }

  private ThreadRow row() {
    return new ThreadRow(
        thread.value(),
        new Attributes(null, null, null, false, null, 0),
        new Provenance(null, null, null, null, null, "bestEffort", NOW, Owner.NONE),
        new Lineage("thread", null, null, null),
        new Activity(NOW, null, null, null, false),
        new Counters(0, 1, 1, 0),
        TokenSums.NONE,
        new Storage("sessions/none", 100, null, true, HistoryFold.VERSION));
  }
}
