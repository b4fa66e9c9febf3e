package dev.rollbook.statedb;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Version 13.1: columns and indexes for the filters of lists.
///
/// In Java, as the key of a directory is made by [ThreadKeys], and as H2 and PostgreSQL write
/// generated columns differently. None of the indexes has a column that appends change.
@Component
public class ListMigration implements JavaMigration {
  private static final int BATCH = 1000;

  /// All in one statement, as H2 copies the table for each. PostgreSQL indexes texts of up to 2 700
  /// bytes, so that the beginning of a source is looked up and the whole is compared.
  private static final String COLUMNS_OF_H2 =
      """
      ALTER TABLE thread ADD (
        source_key VARCHAR GENERATED ALWAYS AS (LEFT(source, 200)),
        model_key VARCHAR GENERATED ALWAYS AS (LEFT(model, 200)),
        cwd_key VARCHAR)
      """;

  private static final String COLUMNS_OF_POSTGRESQL =
      """
      ALTER TABLE thread
        ADD COLUMN source_key VARCHAR GENERATED ALWAYS AS (LEFT(source, 200)) STORED,
        ADD COLUMN model_key VARCHAR GENERATED ALWAYS AS (LEFT(model, 200)) STORED,
        ADD COLUMN cwd_key VARCHAR
      """;

  @Override
  public MigrationVersion getVersion() {
    return MigrationVersion.fromVersion("13.1");
  }

  @Override
  public String getDescription() {
    return "filters of lists";
  }

  @Override
  public Integer getChecksum() {
    return 1;
  }

  @Override
  public boolean canExecuteInTransaction() {
    return true;
  }

  @Override
  public void migrate(Context context) throws SQLException {
    var connection = context.getConnection();
    boolean isH2 = connection.getMetaData().getDatabaseProductName().equals("H2");
    try (var statement = connection.createStatement()) {
      statement.execute(isH2 ? COLUMNS_OF_H2 : COLUMNS_OF_POSTGRESQL);
      fill(context);
      for (var column : List.of("source", "model", "cwd")) {
        statement.execute(
            "CREATE INDEX thread_by_%1$s ON thread (%1$s_key, archived_at, kind, id)"
                .formatted(column));
      }
      statement.execute("CREATE INDEX thread_by_gaps ON thread (open_gaps, id)");
      statement.execute("CREATE INDEX thread_by_kind ON thread (kind, id)");
      statement.execute("CREATE INDEX thread_by_pin ON thread (pinned, id)");
    }
  }

  private static void fill(Context context) throws SQLException {
    try (var select =
            context
                .getConnection()
                .prepareStatement(
                    "SELECT id, cwd FROM thread WHERE cwd IS NOT NULL AND id > ?"
                        + " ORDER BY id LIMIT "
                        + BATCH);
        var update =
            context
                .getConnection()
                .prepareStatement("UPDATE thread SET cwd_key = ? WHERE id = ?")) {
      @Nullable Object last = new UUID(0, 0);
      while (last != null) {
        last = fill(select, update, last);
      }
    }
  }

  /// @return the last thread of the batch; null if there is no other batch
  private static @Nullable Object fill(
      PreparedStatement select, PreparedStatement update, Object after) throws SQLException {
    select.setObject(1, after);
    @Nullable Object last = null;
    try (var rows = select.executeQuery()) {
      while (rows.next()) {
        last = rows.getObject(1);
        update.setString(1, ThreadKeys.ofDirectory(rows.getString(2)));
        update.setObject(2, last);
        update.addBatch();
      }
    }
    if (last != null) {
      update.executeBatch();
    }
    return last;
  }
}
