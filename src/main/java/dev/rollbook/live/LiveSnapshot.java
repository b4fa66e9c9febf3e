package dev.rollbook.live;

import dev.rollbook.model.ThreadNotes;
import dev.rollbook.model.TurnId;
import dev.rollbook.statedb.ThreadProgress;
import dev.rollbook.statedb.TurnRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Immutable snapshot of a live thread, for the row flush and for readers.
///
/// @param progress the row of the thread after the next flush
/// @param ended turns that the state-db does not have as they are
/// @param active the turn in progress
/// @param savedIn outages of the state-db when it was last seen to have the thread
/// @param notes all since the thread was loaded
public record LiveSnapshot(
    ThreadProgress progress,
    List<TurnRow> ended,
    @Nullable TurnRow active,
    long changes,
    int savedIn,
    ThreadNotes notes) {

  /// Turns that the state-db does not have as they are, the one in progress last.
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
