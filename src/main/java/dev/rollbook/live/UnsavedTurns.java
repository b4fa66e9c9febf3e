package dev.rollbook.live;

import dev.rollbook.model.TurnId;
import dev.rollbook.statedb.TurnRow;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns of a live thread that have ended and that the state-db does not know as they are. Guarded
/// by the thread.
final class UnsavedTurns {
  private final Map<TurnId, LiveTurn> turns = new LinkedHashMap<>();

  /// Made anew only where something has changed: they may be many while the state-db is away.
  private @Nullable List<TurnRow> rows;

  /// Takes note of a turn, or of a change of it.
  void put(LiveTurn turn) {
    turns.put(turn.id(), turn);
    rows = null;
  }

  @Nullable LiveTurn find(TurnId id) {
    return turns.get(id);
  }

  List<TurnRow> rows() {
    if (rows == null) {
      rows = turns.values().stream().map(LiveTurn::row).toList();
    }
    return rows;
  }

  /// The state-db knows these rows; a turn may have been repaired since.
  void saved(List<TurnRow> known) {
    turns.values().removeIf(turn -> known.contains(turn.row()));
    rows = null;
  }
}
