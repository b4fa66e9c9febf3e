package dev.rollbook.live;

import dev.rollbook.model.ThreadNotes;
import dev.rollbook.model.TurnId;
import dev.rollbook.statedb.ThreadProgress;
import dev.rollbook.statedb.TurnRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A live thread as it was at one moment: what the state-db is to know, and callers are to see.
///
/// @param progress what the row of the thread will say once it catches up
/// @param ended turns that the state-db does not know as they are
/// @param active the turn in progress
/// @param savedIn outages of the state-db when it was last seen to know the thread
/// @param notes all since the thread was opened
public record LiveSnapshot(
    ThreadProgress progress,
    List<TurnRow> ended,
    @Nullable TurnRow active,
    long changes,
    int savedIn,
    ThreadNotes notes) {

  /// Turns that are not in the state-db as they are, the one in progress last.
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
