package dev.rollbook.statedb;

import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Rows of threads and turns that were refused, though the state-db may have them: it went away
/// while it was to take them, or before they could be taken back. They are removed once it is back.
@Component
public class OrphanRowCleanup {
  private static final Logger log = LoggerFactory.getLogger(OrphanRowCleanup.class);

  private final ThreadRepository threads;
  private final TurnRepository turns;
  private final Queue<Runnable> removals = new ConcurrentLinkedQueue<>();

  OrphanRowCleanup(ThreadRepository threads, TurnRepository turns) {
    this.threads = threads;
    this.turns = turns;
  }

  /// Inserts the row of a thread. To be called by one at a time for each thread.
  public void insert(ThreadRow row) {
    insert(row, threads::insert, () -> threads.remove(row.id()));
  }

  /// Inserts the row of a turn. To be called by one at a time for each thread.
  public void insert(TurnRow row) {
    insert(row, turns::insert, () -> turns.remove(row.threadId(), row.id()));
  }

  /// Removes the row of a thread that was refused, now or later.
  public void removeThread(UUID thread) {
    removals.add(() -> threads.remove(thread));
    flushIfItAnswers();
  }

  /// Removes the row of a turn that was refused, now or later.
  public void removeTurn(UUID thread, UUID turn) {
    removals.add(() -> turns.remove(thread, turn));
    flushIfItAnswers();
  }

  /// Removes what waits; quick where nothing does. To be called before a row is looked for that a
  /// start may make anew.
  public synchronized void flush() {
    for (var next = removals.peek(); next != null; next = removals.peek()) {
      next.run();
      removals.remove();
    }
  }

  private void flushIfItAnswers() {
    try {
      flush();
    } catch (DataAccessException | TransactionException away) {
      log.debug("a row that was refused is removed later", away);
    }
  }

  private <T> void insert(T row, Consumer<T> insert, Runnable removal) {
    flush();
    try {
      insert.accept(row);
    } catch (CannotGetJdbcConnectionException | DataIntegrityViolationException notThere) {
      throw notThere;
    } catch (DataAccessException maybeThere) {
      removals.add(removal);
      throw maybeThere;
    }
  }
}
