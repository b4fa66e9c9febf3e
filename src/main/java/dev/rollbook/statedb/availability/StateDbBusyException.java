package dev.rollbook.statedb.availability;

import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import java.sql.SQLTransientConnectionException;
import org.jspecify.annotations.Nullable;

/// All connections that the caller may have are in use, but the state-db answers those who have
/// one. The cause is the answer to the caller.
public final class StateDbBusyException extends SQLTransientConnectionException {
  StateDbBusyException(String detail) {
    super(detail, new TooManyRequests(Limit.QUERIES, "all connections to the state-db are in use"));
  }

  /// Whether a failure comes from a state-db that is busy rather than unavailable.
  public static boolean isCauseOf(@Nullable Throwable failure) {
    return failure != null
        && (failure instanceof StateDbBusyException || isCauseOf(failure.getCause()));
  }
}
