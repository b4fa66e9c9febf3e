package dev.rollbook.statedb.jdbc;

import dev.rollbook.rollout.disk.IoRecovery;
import java.io.IOException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/// Runs work on rows and files in a transaction of the state-db. An [IOException] rolls back the
/// changes of rows.
@Component
public class Transactions {
  private final TransactionOperations transactions;

  Transactions(TransactionOperations transactions) {
    this.transactions = transactions;
  }

  /// Joins a running transaction.
  public <T> T run(IoRecovery.Operation<T> work) throws IOException {
    return IoRecovery.unwrapped(() -> transactions.execute(status -> IoRecovery.wrapped(work)));
  }
}
