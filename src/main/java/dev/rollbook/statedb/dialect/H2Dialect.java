package dev.rollbook.statedb.dialect;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import javax.sql.DataSource;
import org.h2.api.ErrorCode;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.h2.jdbcx.JdbcDataSource;
import org.h2.mvstore.db.Store;
import org.h2.mvstore.tx.Transaction;
import org.jspecify.annotations.Nullable;

/// H2, embedded: a single connection writes, so that the file has whole transactions whenever the
/// process is killed.
///
/// H2 stores tables and indexes one after the other while others go on writing, and relies on the
/// next time for what it caught halfway (h2database issue 2080). After a kill there is no next
/// time: half of a transaction is there, or a row that no index knows of. So the pool that writes
/// has one connection, and H2 stores nothing by itself: [#store] does, on that connection, between
/// two transactions. Queries have connections of their own.
public final class H2Dialect implements StateDbDialect {
  /// Names in either case, quoted or not, as the migrations and Spring Data write them; open until
  /// the last rows are written. With that WRITE_DELAY H2 stores by itself only what a transaction
  /// has changed beyond what memory is to hold.
  private static final String SETTINGS =
      ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE"
          + ";DB_CLOSE_ON_EXIT=FALSE;DB_CLOSE_DELAY=-1;TRACE_LEVEL_FILE=0"
          + (";WRITE_DELAY=" + Integer.MAX_VALUE);

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
    pool.setExceptionOverride(new ClosedH2Override());
    // H2 calls a connection to a database that closed itself valid.
    pool.setConnectionTestQuery("SELECT 1");
    pool.setDataSource(new H2DataSource(this::h2));
    var queries = new HikariDataSource();
    pool.copyStateTo(queries);
    pool.setMaximumPoolSize(1);
    pool.setMinimumIdle(1);
    return queries;
  }

  @Override
  public void store(DataSource writes) throws SQLException {
    try (var connection = writes.getConnection();
        var statement = connection.createStatement()) {
      var store = storeOf(connection);
      if (hasOpenChanges(store)) {
        throw new SQLTransientException("a connection that the pool gave up is still rolled back");
      }
      var file = store.getMvStore();
      if (file.hasUnsavedChanges()) {
        file.compact(MIN_PERCENT_IN_USE, MAX_BYTES_WRITTEN_ANEW);
        statement.execute("CHECKPOINT");
      }
    } catch (RuntimeException | AssertionError e) {
      throw H2DataSource.closing(e);
    }
  }

  private static boolean hasOpenChanges(Store store) {
    return store.getTransactionStore().getOpenTransactions().stream()
        .anyMatch(Transaction::hasChanges);
  }

  private static Store storeOf(Connection connection) throws SQLException {
    var session = (SessionLocal) connection.unwrap(JdbcConnection.class).getSession();
    return session.getDatabase().getStore();
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
