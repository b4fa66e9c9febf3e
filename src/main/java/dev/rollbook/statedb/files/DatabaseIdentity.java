package dev.rollbook.statedb.files;

import java.io.IOException;

/// Identity that PostgreSQL gave the database: that of its cluster, and its own in the cluster. A
/// database that is created or restored later has another one, also at the same address.
public record DatabaseIdentity(FileDatabase database) {
  private static final String IDENTITY =
      """
      SELECT system_identifier || '/' || oid
      FROM pg_control_system(), pg_database WHERE datname = current_database()
      """;

  public String find() throws IOException {
    return database
        .call(jdbc -> jdbc.query(IDENTITY, (row, number) -> row.getString(1)))
        .getFirst();
  }
}
