package dev.rollbook.statedb;

import dev.rollbook.model.ThreadNotes.Name;
import dev.rollbook.statedb.dialect.StateDbDialect;
import dev.rollbook.statedb.jdbc.TableMapping;
import java.sql.Types;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.namedparam.MapSqlParameterSource;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;
import org.springframework.jdbc.core.namedparam.SqlParameterSource;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionOperations;

/// Updates the rows of threads and turns that got appends, in batches. Called every 250 ms by
/// `live.RowFlusher`.
@Repository
public class RowBatchUpdater {
  private static final TableMapping<ThreadProgress> THREADS =
      new TableMapping<>(ThreadProgress.class);
  private static final TableMapping<TurnRow> TURNS = new TableMapping<>(TurnRow.class);
  private static final String THREAD =
      """
      UPDATE thread SET updated_at = :updatedAt, preview = :preview, turn_count = :turnCount,
        active_turn_id = :activeTurnId, item_count = :itemCount, next_ordinal = :nextOrdinal,
        open_gaps = :openGaps, rollout_bytes = :rolloutBytes,
        recorder_removed = :recorderRemoved, own_usage = :ownUsage,
        inherited_usage = :inheritedUsage, usage_timeline = :usageTimeline,
        inherited_through = :inheritedThrough, model = :model, ordered = :ordered,
        compressed_bytes = CASE WHEN rollout_bytes = :rolloutBytes THEN compressed_bytes END
      WHERE id = :id
      """;

  /// Only the columns that a note changes: another writer may have set a later name meanwhile.
  private static final String NOTES =
      """
      UPDATE thread SET
        name = CASE WHEN :named AND (named_at IS NULL OR named_at <= :at) THEN :name ELSE name END,
        named_at = CASE WHEN :named AND (named_at IS NULL OR named_at <= :at) THEN :at
          ELSE named_at END,
        metadata = CASE WHEN :described THEN :metadata ELSE metadata END,
        pinned = CASE WHEN :pinning THEN :pinned ELSE pinned END, revision = revision + 1
      WHERE id = :id
      """;

  private static final String TURN =
      """
      UPDATE turn SET status = :status, completed_at = :completedAt, last_ordinal = :lastOrdinal,
        item_count = :itemCount, skipped_item_count = :skippedItemCount, error = :error,
        usage_json = :usageJson
      WHERE thread_id = :threadId AND id = :id
      """;

  private final NamedParameterJdbcOperations jdbc;
  private final TurnRepository turns;
  private final TransactionOperations transactions;
  private final StateDbDialect dialect;
  private final OwnedRows owned;

  RowBatchUpdater(
      NamedParameterJdbcOperations jdbc,
      TurnRepository turns,
      TransactionOperations transactions,
      StateDbDialect dialect,
      OwnedRows owned) {
    this.dialect = dialect;
    this.owned = owned;
    this.jdbc = jdbc;
    this.turns = turns;
    this.transactions = transactions;
  }

  /// Result of an update.
  ///
  /// @param gone ids of threads whose row is gone
  /// @param lost ids of threads that another replica owns; their rows were not changed
  public record Outcome(Set<UUID> gone, Set<UUID> lost) {}

  /// The epochs under which this process owns threads. To be asked for before the state of the
  /// threads is read: if a thread is lost and loaded again meanwhile, its old state is not written.
  public Map<UUID, Long> epochs(Set<UUID> threads) {
    return owned.epochs(threads);
  }

  /// All or nothing, but for threads of other replicas.
  ///
  /// @param epochs that [#epochs] has returned
  public Outcome update(List<ThreadProgress> threads, List<TurnRow> turns, Map<UUID, Long> epochs) {
    return transactions.execute(status -> updateAll(threads, turns, epochs));
  }

  private Outcome updateAll(
      List<ThreadProgress> threads, List<TurnRow> turns, Map<UUID, Long> epochs) {
    // Before a missing row is judged: another server may have lost it.
    dialect.noticeServer(jdbc.getJdbcOperations());
    var lost =
        owned.lost(threads.stream().map(ThreadProgress::id).collect(Collectors.toSet()), epochs);
    var own = threads.stream().filter(thread -> !lost.contains(thread.id())).toList();
    int[] counts = updateEach(THREAD, own, THREADS::parameters);
    var gone = new HashSet<UUID>();
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] == 0) {
        gone.add(own.get(i).id());
      }
    }
    updateEach(
        NOTES,
        own.stream().filter(thread -> !thread.notes().isEmpty()).toList(),
        RowBatchUpdater::notes);
    saveTurns(
        turns.stream()
            .filter(turn -> !gone.contains(turn.threadId()) && !lost.contains(turn.threadId()))
            .toList());
    return new Outcome(gone, lost);
  }

  private void saveTurns(List<TurnRow> rows) {
    int[] counts = updateEach(TURN, rows, TURNS::parameters);
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] == 0) {
        turns.insert(rows.get(i));
      }
    }
  }

  private <T> int[] updateEach(
      String sql, List<T> rows, Function<T, SqlParameterSource> parameters) {
    return rows.isEmpty()
        ? new int[0]
        : jdbc.batchUpdate(sql, rows.stream().map(parameters).toArray(SqlParameterSource[]::new));
  }

  private static SqlParameterSource notes(ThreadProgress thread) {
    var notes = thread.notes();
    var name = notes.nameOver(Name.NONE, 0);
    return new MapSqlParameterSource()
        .addValue("id", thread.id())
        .addValue("named", notes.name() != null)
        .addValue("name", name.text(), Types.VARCHAR)
        .addValue(
            "at",
            name.at() == null ? null : name.at().atOffset(ZoneOffset.UTC),
            Types.TIMESTAMP_WITH_TIMEZONE)
        .addValue("described", notes.metadata() != null)
        .addValue("metadata", notes.metadataSince(0, null), Types.VARCHAR)
        .addValue("pinning", notes.pinned() != null)
        .addValue("pinned", notes.pinnedSince(0, false));
  }
}
