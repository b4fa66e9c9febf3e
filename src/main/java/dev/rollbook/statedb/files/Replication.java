package dev.rollbook.statedb.files;

import java.io.IOException;

/// Replication of the database, as far as it decides what an acknowledged append survives.
public final class Replication {
  private static final String WAITS =
      """
      SELECT current_setting('synchronous_standby_names') <> ''
        AND current_setting('synchronous_commit') NOT IN ('off', 'local')
      """;

  private final FileDatabase database;

  public Replication(FileDatabase database) {
    this.database = database;
  }

  /// Whether a commit is acknowledged only once a standby has it.
  public boolean commitsWaitForStandby() throws IOException {
    return database.call(jdbc -> jdbc.query(WAITS, (row, number) -> row.getBoolean(1))).getFirst();
  }
}
