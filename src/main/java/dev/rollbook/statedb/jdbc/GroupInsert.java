package dev.rollbook.statedb.jdbc;

import dev.rollbook.lock.GroupCommit;
import dev.rollbook.lock.GroupCommit.Entry;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.transaction.support.TransactionOperations;

/// Inserts the rows of concurrent callers in one batch and one transaction.
///
/// H2 has one connection for writes, so callers wait for each other in any case. On PostgreSQL,
/// callers share the flush of a commit. If a row of a batch is refused, the batch is rolled back
/// and each row is inserted alone, so that only the refused row fails. Any other failure fails all
/// rows of the batch.
public final class GroupInsert<T> {
  private static final Logger log = LoggerFactory.getLogger(GroupInsert.class);

  private final RowWrites<T> rows;
  private final TransactionOperations transactions;
  private final GroupCommit<T, T> inserts = new GroupCommit<>(this::insert);

  public GroupInsert(RowWrites<T> rows, TransactionOperations transactions) {
    this.rows = rows;
    this.transactions = transactions;
  }

  /// Inserts a row; it is committed when this returns. Caller must not be in a transaction.
  ///
  /// @throws org.springframework.dao.DuplicateKeyException if the id is taken
  public void insert(T row) {
    inserts.submit(row, 1);
  }

  /// A single row is inserted without a transaction, which would cost as much as the row.
  private void insert(Supplier<List<Entry<T, T>>> waiting) {
    var group = waiting.get();
    boolean inserted = group.size() > 1 && insertTogether(group);
    group.forEach(entry -> entry.complete(() -> inserted ? entry.request() : insertAlone(entry)));
  }

  /// @return false if nothing was inserted, because a row was refused
  private boolean insertTogether(List<Entry<T, T>> group) {
    var all = group.stream().map(Entry::request).toList();
    try {
      transactions.executeWithoutResult(status -> rows.insertAll(all));
      return true;
    } catch (DataIntegrityViolationException e) {
      log.debug("a row of {} was refused, each is inserted alone", all.size(), e);
      return false;
    }
  }

  private T insertAlone(Entry<T, T> entry) {
    return rows.insert(entry.request());
  }
}
