package dev.rollbook.statedb.jdbc;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/// Runs work on rows and files in a transaction; an [IOException] rolls it back.
@Component
public class Transactions {
  private final TransactionOperations transactions;

  Transactions(TransactionOperations transactions) {
    this.transactions = transactions;
  }

  /// Work on rows and files.
  public interface Work<T> {
    T run() throws IOException;
  }

  /// Joins a running transaction.
  public <T> T run(Work<T> work) throws IOException {
    try {
      return transactions.execute(status -> {
        try {
          return work.run();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
