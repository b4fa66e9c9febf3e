package dev.rollbook.statedb;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;
import java.util.Set;

/// Lets the pool give up connections to an H2 that closed itself, as it does on a full disk.
///
/// The pool knows such errors by the SQL states of other databases only, and would hand the dead
/// connection out for ever; a new one opens the database again. Made by the pool, hence public.
public final class ClosedDatabase implements SQLExceptionOverride {
  private static final int DATABASE_CLOSED = 90098;
  private static final int DATABASE_CLOSING = 90121;
  private static final int CONNECTION_BROKEN = 90067;
  private static final int OBJECT_CLOSED = 90007;
  private static final Set<Integer> GONE =
      Set.of(DATABASE_CLOSED, DATABASE_CLOSING, CONNECTION_BROKEN, OBJECT_CLOSED);

  @java.lang.Override
  public SQLExceptionOverride.Override adjudicate(SQLException failure) {
    return GONE.contains(failure.getErrorCode()) ? Override.MUST_EVICT : Override.CONTINUE_EVICT;
  }
}
