package dev.rollbook.statedb.availability;

import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import java.sql.SQLTransientConnectionException;
import org.jspecify.annotations.Nullable;

/// Thrown if all connections that the caller may use are in use, although the state-db is
/// available. The cause of the exception is the `TooManyRequests` that becomes the response.
public final class StateDbBusyException extends SQLTransientConnectionException {
  StateDbBusyException(String detail) {
    super(detail, new TooManyRequests(Limit.QUERIES, "all connections to the state-db are in use"));
  }

  /// Whether a failure was caused by a busy state-db.
  public static boolean isCauseOf(@Nullable Throwable failure) {
    return failure != null
        && (failure instanceof StateDbBusyException || isCauseOf(failure.getCause()));
  }
}
