package dev.rollbook.statedb;

import java.sql.SQLTransientConnectionException;
import org.jspecify.annotations.Nullable;

/// All connections that the caller may have are in use, and the state-db answers those who have
/// them.
public final class StateDbBusyException extends SQLTransientConnectionException {
  StateDbBusyException(String detail) {
    super(detail);
  }

  /// Whether a failure comes from a state-db that is busy rather than away.
  public static boolean isCauseOf(@Nullable Throwable failure) {
    return failure != null
        && (failure instanceof StateDbBusyException || isCauseOf(failure.getCause()));
  }
}
