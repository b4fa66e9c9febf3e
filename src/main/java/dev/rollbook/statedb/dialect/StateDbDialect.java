package dev.rollbook.statedb.dialect;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcOperations;

/// Differences between the databases that can hold the state-db, with one implementation for each
/// database.
///
/// To add a database, add a class to this package, and name the class in the `permits` clause and
/// in [#of]. A URL that [#of] does not know is treated as PostgreSQL. Check also the tables in
/// `db/migration/V1__tables.sql`, and the SQL states in `availability.RepeatedFailureLogFilter`.
public sealed interface StateDbDialect permits H2Dialect, PostgresDialect {
  /// Migrations that run on every database.
  String COMMON_MIGRATIONS = "classpath:db/migration";

  static StateDbDialect of(String jdbcUrl) {
    return jdbcUrl.startsWith("jdbc:h2:") ? new H2Dialect(jdbcUrl) : new PostgresDialect();
  }

  /// Configures the pool for writes before it opens a connection.
  ///
  /// @return the pool for queries outside of transactions, which may be the same one
  HikariDataSource configure(HikariDataSource pool);

  /// Configures a pool whose transactions lock owners of threads: those of a process that stands
  /// still, or has vanished, must not block other processes.
  default void releaseLocks(HikariDataSource pool) {}

  /// Directories of the migrations.
  default List<String> migrations() {
    return List.of(COMMON_MIGRATIONS);
  }

  /// Suffix of a generated column that makes it indexable.
  default String storedColumn() {
    return "";
  }

  /// Writes all commits to disk, so that they survive a kill of the process.
  ///
  /// @param writes the pool for writes
  default void store(DataSource writes) throws SQLException {}

  /// Asks which server it is, so that [#openings] knows of another one. Called in each transaction
  /// that updates rows, and twice a second.
  default void noticeServer(JdbcOperations jdbc) {}

  /// Incremented when commits may have been lost; none were lost between two equal numbers.
  default int openings() {
    return 0;
  }

  /// @return null if the failure is no reason of a missing connection
  @Nullable StartFailure explain(SQLException failure);

  /// Why the service cannot start without its state-db.
  enum StartFailure {
    IN_USE(
        "The state-db in the data-dir is used by another process.",
        "Stop the other process, or set another rollbook.data-dir."),
    NO_ANSWER("The state-db at %s does not answer.", "Start it, or correct spring.datasource.url."),
    USER_REFUSED(
        "The state-db at %s rejects the user.",
        "Correct spring.datasource.username and spring.datasource.password."),
    NO_DATABASE(
        "The database at %s does not exist.", "Create it, or correct spring.datasource.url.");

    private final String what;
    private final String remedy;

    StartFailure(String what, String remedy) {
      this.what = what;
      this.remedy = remedy;
    }

    public String what(String url) {
      return what.formatted(url);
    }

    public String remedy() {
      return remedy;
    }
  }
}
