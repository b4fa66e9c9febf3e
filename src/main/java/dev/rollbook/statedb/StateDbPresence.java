package dev.rollbook.statedb;

import java.sql.SQLException;
import javax.sql.DataSource;
import org.springframework.stereotype.Component;

/// Whether the state-db answers, as far as is known without asking it.
@Component
public class StateDbPresence {
  private final ReachedSource source;

  StateDbPresence(DataSource source) throws SQLException {
    this.source = source.unwrap(ReachedSource.class);
  }

  public boolean answers() {
    return source.trouble() == null;
  }

  /// Why it does not answer.
  public String trouble() {
    return String.valueOf(source.trouble());
  }
}
