package dev.rollbook.statedb.dialect;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.h2.api.ErrorCode;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;

/// Embedded H2 with a single writer connection, so that a killed process leaves only whole
/// transactions on disk.
///
/// H2 stores its maps (one for each table, index and undo log) one after the other. If another
/// thread changes a map during a store, the file is consistent only after the next store
/// (h2database issue 2080). After a kill there is no next store, and the file has half of a
/// transaction, or a row that an index lacks. Therefore [#store] runs on the writer connection,
/// between two transactions. No other thread may change or store a map during [#store]. Five facts
/// ensure that:
/// - The writer pool has one connection, and [H2DataSource] opens a new connection only after the
///   old one is closed. The pool alone would not wait: Hikari replaces a broken connection at once,
///   and rolls it back on another thread.
/// - H2 executes a statement on the thread of its caller. A statement that times out is undone
///   before the exception is thrown.
/// - All other connections only query. H2 has no read-only connections (`setReadOnly` does nothing,
///   and ACCESS_MODE_DATA is for the whole database). Therefore only `executeQuery` is called on
///   these connections, because it rejects every statement that is not a query. Migrations are an
///   exception: they run before the first store.
/// - When a transaction has changed more than the write cache holds, H2 stores on the thread that
///   writes. The background thread of H2 stores and compacts nothing, because of WRITE_DELAY and
///   AUTO_COMPACT_FILL_RATE in the settings below.
/// - [H2ShutdownHook] prevents the checkpoint that H2 executes when the JVM shuts down.
public final class H2Dialect implements StateDbDialect {
  /// Names in either case, quoted or not, as the migrations and Spring Data write them; open until
  /// the last rows are written. H2 stores nothing in the background.
  private static final String SETTINGS =
      ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE"
          + ";DB_CLOSE_ON_EXIT=FALSE;DB_CLOSE_DELAY=-1;TRACE_LEVEL_FILE=0"
          + (";AUTO_COMPACT_FILL_RATE=0;WRITE_DELAY=" + Integer.MAX_VALUE);

  /// A file of which less than half is in use is compacted in small steps.
  private static final int MIN_PERCENT_IN_USE = 50;

  private static final int MAX_BYTES_REWRITTEN = 1 << 20;
  private static final String URL = "jdbc:h2:owner-only:";

  private final String url;

  /// A statement on a database that is closing itself, as H2 does on a full disk, may spin forever
  /// in `MVStore.registerVersionUsage` (2.4.240). As many of them as there are processors block all
  /// virtual threads. The assertion there turns the loop into an error, which [H2DataSource]
  /// translates.
  H2Dialect(String url) {
    this.url = url;
    var loader = H2Dialect.class.getClassLoader();
    if (loader != null) {
      loader.setClassAssertionStatus("org.h2.mvstore.MVStore", true);
    }
  }

  /// The URL of a database that only the owner of its files can read.
  public static String url(Path file) {
    return URL + file + SETTINGS;
  }

  /// The database of such a URL; the URL of any other.
  private String database() {
    return url.startsWith(URL) ? url.substring(URL.length(), url.indexOf(';')) : url;
  }

  /// A data source for the next connection.
  DataSource h2() {
    var h2 = new JdbcDataSource();
    h2.setURL(
        url.startsWith(URL)
            ? "jdbc:h2:" + OwnerOnlyFilePath.name(database()) + url.substring(url.indexOf(';'))
            : url);
    return h2;
  }

  @Override
  public HikariDataSource configure(HikariDataSource pool) {
    pool.setExceptionOverride(new H2ConnectionEvictionPolicy());
    // Connection.isValid of H2 returns true for a database that closed itself.
    pool.setConnectionTestQuery("SELECT 1");
    var queries = new HikariDataSource();
    pool.copyStateTo(queries);
    queries.setDataSource(new H2DataSource(Integer.MAX_VALUE, this::h2));
    pool.setDataSource(new H2DataSource(1, this::h2));
    pool.setMaximumPoolSize(1);
    pool.setMinimumIdle(1);
    return queries;
  }

  @Override
  public void store(DataSource writes) throws SQLException {
    try (var connection = writes.getConnection();
        var statement = connection.createStatement()) {
      var session = H2DataSource.session(connection);
      var file = session.getDatabase().getStore().getMvStore();
      if (file.hasUnsavedChanges()) {
        file.compact(MIN_PERCENT_IN_USE, MAX_BYTES_REWRITTEN);
        statement.execute("CHECKPOINT");
      }
    } catch (RuntimeException | AssertionError e) {
      throw H2DataSource.closing(e);
    }
  }

  /// Commits are on disk half a second late. On a full disk H2 closes itself, and the next
  /// connection opens it as it was on disk, without an error.
  @Override
  public int openings() {
    return OwnerOnlyFilePath.openings(database());
  }

  @Override
  public @Nullable StartFailure explain(SQLException failure) {
    return failure.getErrorCode() == ErrorCode.DATABASE_ALREADY_OPEN_1 ? StartFailure.IN_USE : null;
  }
}
