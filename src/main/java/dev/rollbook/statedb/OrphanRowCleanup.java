package dev.rollbook.statedb;

import dev.rollbook.statedb.jdbc.GroupInsert;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionOperations;

/// Inserts the rows of new threads and turns, and removes the rows of those whose start failed. The
/// state-db may have such a row if it became unavailable during the INSERT, or before the row could
/// be removed. If a row cannot be removed at once, it is removed when the state-db is available
/// again.
@Component
public class OrphanRowCleanup {
  private static final Logger log = LoggerFactory.getLogger(OrphanRowCleanup.class);

  private final ThreadRepository threads;
  private final TurnRepository turns;
  private final TransactionOperations transactions;
  private final OwnedRows owned;
  private final GroupInsert<ThreadRow> newThreads;
  private final Queue<Runnable> removals = new ConcurrentLinkedQueue<>();

  OrphanRowCleanup(
      ThreadRepository threads,
      TurnRepository turns,
      TransactionOperations transactions,
      OwnedRows owned) {
    this.threads = threads;
    this.turns = turns;
    this.transactions = transactions;
    this.owned = owned;
    this.newThreads = new GroupInsert<>(threads, transactions);
  }

  /// Inserts the row of a thread. One call at a time per thread.
  public void insert(ThreadRow row) {
    insert(
        row,
        inserted -> {
          newThreads.insert(inserted);
          return true;
        },
        () -> threads.remove(row.id()));
  }

  /// Inserts the row of a turn. One call at a time per thread.
  ///
  /// @return false if another replica has taken over the thread; then nothing was inserted
  public boolean insert(TurnRow row) {
    var thread = Set.of(row.threadId());
    var epochs = owned.epochs(thread);
    return insert(
        row,
        inserted ->
            transactions.execute(status -> {
              boolean isOwned = owned.lost(thread, epochs).isEmpty();
              if (isOwned) {
                turns.insert(inserted);
              }
              return isOwned;
            }),
        () -> remove(row));
  }

  /// Removes the row of a thread whose start failed, now or later.
  public void removeThread(UUID thread) {
    removals.add(() -> threads.remove(thread));
    tryFlush();
  }

  /// Removes the row of a turn whose start failed, now or later.
  public void removeTurn(TurnRow row) {
    removals.add(() -> remove(row));
    tryFlush();
  }

  /// Another replica may have started the turn meanwhile: its row stays.
  private void remove(TurnRow row) {
    turns.removeUnused(row.threadId(), row.id(), row.startedAt());
  }

  /// Executes the pending removals; cheap if there are none. Must be called before a start looks up
  /// the row that it may insert again.
  public void flush() {
    if (!removals.isEmpty()) {
      removeAll();
    }
  }

  private synchronized void removeAll() {
    for (var next = removals.peek(); next != null; next = removals.peek()) {
      next.run();
      removals.remove();
    }
  }

  private void tryFlush() {
    try {
      flush();
    } catch (DataAccessException | TransactionException e) {
      log.debug("a row whose start failed is removed later", e);
    }
  }

  private <T> boolean insert(T row, Predicate<T> insert, Runnable removal) {
    flush();
    try {
      return insert.test(row);
    } catch (CannotGetJdbcConnectionException
        | CannotCreateTransactionException
        | DataIntegrityViolationException notInserted) {
      throw notInserted;
    } catch (DataAccessException | TransactionException maybeInserted) {
      removals.add(removal);
      throw maybeInserted;
    }
  }
}
