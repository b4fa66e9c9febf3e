package dev.rollbook.live;

import dev.rollbook.model.ThreadNotes;
import dev.rollbook.model.TurnId;
import dev.rollbook.statedb.ThreadProgress;
import dev.rollbook.statedb.TurnRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Immutable snapshot of a live thread, for readers and for the [RowFlusher].
///
/// @param progress the row of the thread as the next flush will write it
/// @param ended turns that have ended and whose row is missing or outdated
/// @param active the turn in progress; null for none
/// @param outagesWhenSaved value of `RowFlusher.outages()` when the row was last written or
///   rebuilt; if `outages()` is greater now, an outage may have lost the row
/// @param notes name, metadata and pin, if they were set after the thread was loaded
public record LiveSnapshot(
    ThreadProgress progress,
    List<TurnRow> ended,
    @Nullable TurnRow active,
    long changes,
    int outagesWhenSaved,
    ThreadNotes notes) {

  /// Turns whose row is missing or outdated, the one in progress last.
  public List<TurnRow> turns() {
    var turns = new ArrayList<>(ended);
    if (active != null) {
      turns.add(active);
    }
    return turns;
  }

  boolean hasTurn() {
    return active != null;
  }

  /// The turn in progress, or one that has ended but is not in the state-db yet.
  public Optional<TurnRow> turn(TurnId id) {
    return turns().stream().filter(turn -> turn.id().equals(id.value())).findFirst();
  }
}
