package dev.rollbook.statedb.files;

import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import net.javacrumbs.shedlock.provider.jdbctemplate.JdbcTemplateLockProvider;
import net.javacrumbs.shedlock.provider.sql.DatabaseProduct;
import org.jspecify.annotations.Nullable;

/// Repository of the locks of jobs that one replica at a time runs. ShedLock writes the locks.
public record JobLocks(FileDatabase database) {
  private static final int MILLIS = 1000;
  private static final String TABLE = "job";
  private static final String FIND =
      """
      SELECT lock_until > timezone('utc', clock_timestamp()), ended,
        extract(epoch FROM timezone('utc', clock_timestamp()) - ended_at)
      FROM job WHERE name = ?
      """;
  private static final String ENDED =
      """
      UPDATE job SET ended = ended + 1, ended_at = timezone('utc', clock_timestamp())
      WHERE name = ? AND locked_by = ?
      """;

  /// State of a lock.
  ///
  /// @param ended number of runs that have ended
  /// @param sinceEnd time since the last one, by the clock of the database; null without one
  public record JobRow(boolean isLocked, long ended, @Nullable Duration sinceEnd) {}

  /// @param holder a replica
  public JdbcTemplateLockProvider provider(String holder) {
    return new JdbcTemplateLockProvider(
        JdbcTemplateLockProvider.Configuration.builder()
            .withJdbcTemplate(database.background())
            .withDatabaseProduct(DatabaseProduct.POSTGRES_SQL)
            .withTableName(TABLE)
            .withLockedByValue(holder)
            .usingDbTime()
            .build());
  }

  public Optional<JobRow> find(String job) throws IOException {
    return database.call(jdbc -> jdbc.query(FIND, JobLocks::row, job)).stream().findFirst();
  }

  private static JobRow row(ResultSet row, int number) throws SQLException {
    double seconds = row.getDouble(3);
    var sinceEnd = row.wasNull() ? null : Duration.ofMillis((long) (seconds * MILLIS));
    return new JobRow(row.getBoolean(1), row.getLong(2), sinceEnd);
  }

  /// Counts a run that has ended, as long as the lock is held.
  public void ended(String job, String holder) throws IOException {
    database.call(jdbc -> jdbc.update(ENDED, job, holder));
  }
}
