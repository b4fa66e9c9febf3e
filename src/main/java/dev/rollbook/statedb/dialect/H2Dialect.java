package dev.rollbook.statedb.dialect;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.h2.api.ErrorCode;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;

/// H2, embedded: a single connection writes, so that the file has whole transactions whenever the
/// process is killed.
///
/// H2 stores its maps (one for each table, index and undo log) one after the other, and relies on
/// the next time for what another thread changed meanwhile (h2database issue 2080). After a kill
/// there is no next time: half of a transaction is there, or a row that no index knows of. So
/// [#store] stores on the connection that writes, between two transactions, and no other thread
/// changes or stores a map then:
/// - The pool that writes has one connection, and [H2DataSource] opens the next one only when that
///   one is closed. The pool alone would not wait: Hikari replaces a broken connection at once, and
///   rolls back what it has changed in a thread beside.
/// - A statement whose caller timed out has ended: H2 runs it on the thread of the caller, and
///   undoes its changes before it throws.
/// - All other connections only query. H2 cannot be told so (`setReadOnly` does nothing, and
///   ACCESS_MODE_DATA is for the whole database), but nothing is called on them except
///   `executeQuery`, which refuses every other statement. Migrations write on such connections,
///   before anything is stored.
/// - What H2 stores by itself, once a transaction has changed more than memory is to hold, it
///   stores on the thread that writes. Its background thread has nothing to store with this
///   WRITE_DELAY, and nothing to compact with this AUTO_COMPACT_FILL_RATE.
/// - [H2ShutdownHook] prevents the checkpoint that H2 executes when the JVM shuts down.
public final class H2Dialect implements StateDbDialect {
  /// Names in either case, quoted or not, as the migrations and Spring Data write them; open until
  /// the last rows are written. H2 stores nothing in the background.
  private static final String SETTINGS =
      ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE"
          + ";DB_CLOSE_ON_EXIT=FALSE;DB_CLOSE_DELAY=-1;TRACE_LEVEL_FILE=0"
          + (";AUTO_COMPACT_FILL_RATE=0;WRITE_DELAY=" + Integer.MAX_VALUE);

  /// A file of which less than half is in use is written anew, bit by bit.
  private static final int MIN_PERCENT_IN_USE = 50;

  private static final int MAX_BYTES_WRITTEN_ANEW = 1 << 20;
  private static final String URL = "jdbc:h2:owner-only:";

  private final String url;

  /// A statement that meets a database which closes itself, as H2 does on a full disk, may spin for
  /// ever in `MVStore.registerVersionUsage` (2.4.240); as many of them as there are processors stop
  /// all virtual threads. The assertion there turns it into an error, which [H2DataSource]
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

  /// For one connection.
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
    // H2 calls a connection to a database that closed itself valid.
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
      var session = (SessionLocal) connection.unwrap(JdbcConnection.class).getSession();
      var file = session.getDatabase().getStore().getMvStore();
      if (file.hasUnsavedChanges()) {
        file.compact(MIN_PERCENT_IN_USE, MAX_BYTES_WRITTEN_ANEW);
        statement.execute("CHECKPOINT");
      }
    } catch (RuntimeException | AssertionError e) {
      throw H2DataSource.closing(e);
    }
  }

  /// H2 has commits on its disk half a second late. On a full disk it closes itself, and the next
  /// connection opens it again as it was, with no error on the way.
  @Override
  public int openings() {
    return OwnerOnlyFilePath.openings(database());
  }

  @Override
  public @Nullable StartFailure explain(SQLException failure) {
    return failure.getErrorCode() == ErrorCode.DATABASE_ALREADY_OPEN_1 ? StartFailure.IN_USE : null;
  }
}
