package dev.rollbook.cluster;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.transaction.TransactionException;

/// Failures of the database as callers expect them that do not read files.
final class DatabaseFailures {
  private DatabaseFailures() {}

  /// The failure of Spring that an exception wraps.
  ///
  /// @param e an [IOException], or an exception of ShedLock
  /// @param message if it wraps none
  static RuntimeException of(Exception e, String message) {
    return switch (e.getCause()) {
      case DataAccessException cause -> cause;
      case TransactionException cause -> cause;
      case null, default -> new DataAccessResourceFailureException(message, e);
    };
  }
}
