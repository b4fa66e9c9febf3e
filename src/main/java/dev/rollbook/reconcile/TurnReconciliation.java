package dev.rollbook.reconcile;

import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.ThreadFacts;
import dev.rollbook.projection.TurnFacts;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.TurnRepository;
import dev.rollbook.statedb.TurnRow;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/// Updates a thread's turn rows from its rollout. Values that a rollout does not contain stay
/// unchanged in the row.
@Component
record TurnReconciliation(TurnRepository rows) {
  /// Inserts the turns of new threads.
  void insert(List<TurnRow> turns) {
    rows.insertAll(turns);
  }

  /// Writes only rows that differ, and removes turns whose start was never acknowledged.
  ///
  /// @param thread as it is by its rollout
  void bringUp(ThreadRow thread, List<TurnFacts> facts) {
    var known =
        rows.page(thread.id(), -1, Integer.MAX_VALUE).stream()
            .collect(Collectors.toMap(TurnRow::id, Function.identity()));
    var changed = new ArrayList<TurnRow>();
    for (var fact : facts) {
      var row = known.remove(fact.id().value());
      var now = row == null ? RowRebuilder.turnRow(thread.id(), fact) : merged(row, fact);
      if (!now.equals(row)) {
        rows.remove(thread.id(), now.id());
        changed.add(now);
      }
    }
    rows.insertAll(changed);
    removeUnacknowledged(thread, known.values());
  }

  /// Like [#bringUp], for some turns, of which the last ones are known.
  void bringUpSome(ThreadRow thread, List<TurnFacts> facts) {
    for (var fact : facts) {
      var row = rows.find(thread.id(), fact.id().value()).orElse(null);
      var now = row == null ? RowRebuilder.turnRow(thread.id(), fact) : merged(row, fact);
      if (!now.equals(row)) {
        rows.remove(thread.id(), now.id());
        rows.insert(now);
      }
    }
    removeUnacknowledged(
        thread, rows.page(thread.id(), thread.counters().nextOrdinal() - 1, Integer.MAX_VALUE));
  }

  /// Removes turns whose start was never acknowledged: the process was killed before they had a
  /// line or a gap.
  private void removeUnacknowledged(ThreadRow thread, Collection<TurnRow> withoutLines) {
    withoutLines.stream()
        .filter(row -> !hasEnded(row) && !row.id().equals(thread.activity().activeTurnId()))
        .filter(row -> row.firstOrdinal() >= thread.counters().nextOrdinal())
        .forEach(row -> rows.remove(thread.id(), row.id()));
  }

  /// Turns whose usage only their rows state, because the end of the turn was skipped.
  List<TurnRow> withUsageOnlyInRows(UUID thread, ThreadFacts facts) {
    var stated =
        facts.turns().stream()
            .filter(turn -> turn.status() != TurnStatus.IN_PROGRESS || turn.usage() != null)
            .map(turn -> turn.id().value())
            .collect(Collectors.toSet());
    return rows.withUsage(thread).stream().filter(row -> !stated.contains(row.id())).toList();
  }

  boolean hasEnded(UUID thread, UUID turn) {
    return rows.find(thread, turn).filter(TurnReconciliation::hasEnded).isPresent();
  }

  /// If row and rollout differ on whether the turn has ended, the one that knows of the end is
  /// right.
  private static TurnRow merged(TurnRow row, TurnFacts fact) {
    boolean endNotWritten = fact.status() == TurnStatus.IN_PROGRESS && hasEnded(row);
    var from = RowRebuilder.turnRow(row.threadId(), fact);
    return new TurnRow(
        row.threadId(),
        row.id(),
        endNotWritten ? row.status() : from.status(),
        row.startedAt(),
        endNotWritten ? row.completedAt() : from.completedAt(),
        from.firstOrdinal(),
        Math.max(row.lastOrdinal(), from.lastOrdinal()),
        from.itemCount(),
        row.skippedItemCount(),
        endNotWritten ? row.error() : from.error(),
        endNotWritten && from.usageJson() == null ? row.usageJson() : from.usageJson(),
        row.metadata());
  }

  private static boolean hasEnded(TurnRow row) {
    return !row.status().equals(TurnStatus.IN_PROGRESS.wireName());
  }
}
