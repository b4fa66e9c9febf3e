package dev.rollbook.statedb.jdbc;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/// Runs work on rows in a transaction, and rolls it back also if a file fails in the middle of it.
@Component
public class Transactions {
  private final TransactionOperations transactions;

  Transactions(TransactionOperations transactions) {
    this.transactions = transactions;
  }

  /// What to do with rows and files.
  public interface Work<T> {
    T run() throws IOException;
  }

  /// Joins a transaction that runs already.
  public <T> T run(Work<T> work) throws IOException {
    try {
      return transactions.execute(status -> {
        try {
          return work.run();
        } catch (IOException failed) {
          throw new UncheckedIOException(failed);
        }
      });
    } catch (UncheckedIOException failed) {
      throw failed.getCause();
    }
  }
}
