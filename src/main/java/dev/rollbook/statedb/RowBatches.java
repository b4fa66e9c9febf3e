package dev.rollbook.statedb;

import dev.rollbook.model.ThreadNotes.Name;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionOperations;

/// Row updates behind appends: many rows in one statement, a few times a second.
@Repository
public class RowBatches {
  private static final String THREAD =
      """
      UPDATE thread SET updated_at = ?, preview = ?, turn_count = ?, active_turn_id = ?,
        item_count = ?, next_ordinal = ?, open_gaps = ?, rollout_bytes = ?, recorder_removed = ?,
        own_usage = ?, inherited_usage = ?, inherited_through = ?, model = ?, ordered = ?,
        compressed_bytes = CASE WHEN rollout_bytes = ? THEN compressed_bytes END
      WHERE id = ?
      """;

  /// Only the fields that a note changed: a later name may have come from elsewhere meanwhile.
  private static final String NOTES =
      """
      UPDATE thread SET
        name = CASE WHEN ? AND (named_at IS NULL OR named_at <= ?) THEN ? ELSE name END,
        named_at = CASE WHEN ? AND (named_at IS NULL OR named_at <= ?) THEN ? ELSE named_at END,
        metadata = CASE WHEN ? THEN ? ELSE metadata END,
        pinned = CASE WHEN ? THEN ? ELSE pinned END, revision = revision + 1
      WHERE id = ?
      """;

  private static final String TURN =
      """
      UPDATE turn SET status = ?, completed_at = ?, last_ordinal = ?, item_count = ?,
        skipped_item_count = ?, error = ?, usage_json = ?
      WHERE thread_id = ? AND id = ?
      """;

  private final JdbcOperations jdbc;
  private final TurnRows turns;
  private final TransactionOperations transactions;

  RowBatches(JdbcOperations jdbc, TurnRows turns, TransactionOperations transactions) {
    this.jdbc = jdbc;
    this.turns = turns;
    this.transactions = transactions;
  }

  /// All or nothing.
  ///
  /// @return the ids of threads that have no row any more
  public List<UUID> update(List<ThreadProgress> threads, List<TurnRow> turns) {
    return transactions.execute(status -> updateAll(threads, turns));
  }

  private List<UUID> updateAll(List<ThreadProgress> threads, List<TurnRow> turns) {
    var arguments = threads.stream().map(RowBatches::arguments).toList();
    int[] counts = jdbc.batchUpdate(THREAD, arguments, THREAD_TYPES);
    var gone = new ArrayList<UUID>();
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] == 0) {
        gone.add(threads.get(i).id());
      }
    }
    saveNotes(threads.stream().filter(thread -> !thread.notes().isEmpty()).toList());
    saveTurns(turns.stream().filter(turn -> !gone.contains(turn.threadId())).toList());
    return gone;
  }

  private void saveNotes(List<ThreadProgress> threads) {
    if (!threads.isEmpty()) {
      jdbc.batchUpdate(NOTES, threads.stream().map(RowBatches::notes).toList(), NOTES_TYPES);
    }
  }

  private void saveTurns(List<TurnRow> rows) {
    int[] counts =
        jdbc.batchUpdate(TURN, rows.stream().map(RowBatches::arguments).toList(), TURN_TYPES);
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] == 0) {
        turns.insert(rows.get(i));
      }
    }
  }

  private static final int[] THREAD_TYPES = {
    Types.TIMESTAMP_WITH_TIMEZONE,
    Types.VARCHAR,
    Types.INTEGER,
    Types.OTHER,
    Types.BIGINT,
    Types.BIGINT,
    Types.INTEGER,
    Types.BIGINT,
    Types.BOOLEAN,
    Types.VARCHAR,
    Types.VARCHAR,
    Types.BIGINT,
    Types.VARCHAR,
    Types.BOOLEAN,
    Types.BIGINT,
    Types.OTHER
  };
  private static final int[] NOTES_TYPES = {
    Types.BOOLEAN,
    Types.TIMESTAMP_WITH_TIMEZONE,
    Types.VARCHAR,
    Types.BOOLEAN,
    Types.TIMESTAMP_WITH_TIMEZONE,
    Types.TIMESTAMP_WITH_TIMEZONE,
    Types.BOOLEAN,
    Types.VARCHAR,
    Types.BOOLEAN,
    Types.BOOLEAN,
    Types.OTHER
  };
  private static final int[] TURN_TYPES = {
    Types.VARCHAR,
    Types.TIMESTAMP_WITH_TIMEZONE,
    Types.BIGINT,
    Types.BIGINT,
    Types.BIGINT,
    Types.VARCHAR,
    Types.VARCHAR,
    Types.OTHER,
    Types.OTHER
  };

  private static @Nullable Object[] arguments(ThreadProgress to) {
    return new @Nullable Object[] {
      utc(to.updatedAt()), to.preview(), to.turnCount(), to.activeTurnId(), to.itemCount(),
      to.nextOrdinal(), to.openGaps(), to.rolloutBytes(), to.recorderRemoved(), to.ownUsage(),
      to.inheritedUsage(), to.inheritedThrough(), to.model(), to.ordered(), to.rolloutBytes(),
      to.id()
    };
  }

  private static @Nullable Object[] notes(ThreadProgress to) {
    var notes = to.notes();
    boolean named = notes.name() != null;
    var name = notes.nameOver(Name.NONE, 0);
    var at = utc(name.at());
    return new @Nullable Object[] {
      named,
      at,
      name.text(),
      named,
      at,
      at,
      notes.metadata() != null,
      notes.metadataSince(0, null),
      notes.pinned() != null,
      notes.pinnedSince(0, false),
      to.id()
    };
  }

  private static @Nullable Object[] arguments(TurnRow to) {
    return new @Nullable Object[] {
      to.status(),
      utc(to.completedAt()),
      to.lastOrdinal(),
      to.itemCount(),
      to.skippedItemCount(),
      to.error(),
      to.usageJson(),
      to.threadId(),
      to.id()
    };
  }

  private static @Nullable OffsetDateTime utc(@Nullable Instant instant) {
    return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
  }
}
