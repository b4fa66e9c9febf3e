package dev.rollbook.statedb.availability;

import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import java.sql.SQLTransientConnectionException;
import org.jspecify.annotations.Nullable;

/// All connections that the caller may use are in use, but the state-db is available. The cause is
/// the response to the caller.
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
