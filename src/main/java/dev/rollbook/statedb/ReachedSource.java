package dev.rollbook.statedb;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/// Lets nobody wait for a state-db that is known to be away.
///
/// The pool makes each caller wait for the whole of its timeout, also the thousandth, and some of
/// them hold a lock meanwhile. Here the first one waits; then everybody fails at once, until a
/// probe in the background has got a connection again.
final class ReachedSource extends DelegatingDataSource {
  private static final Logger log = LoggerFactory.getLogger(ReachedSource.class);
  private static final Duration BETWEEN_PROBES = Duration.ofMillis(250);
  private static final Executor PROBING =
      probe -> Thread.ofVirtual().name("state-db-probe").start(probe);
  private static final Executor LATER =
      CompletableFuture.delayedExecutor(BETWEEN_PROBES.toMillis(), TimeUnit.MILLISECONDS, PROBING);

  private final HikariDataSource pool;
  private final AtomicReference<@Nullable String> trouble = new AtomicReference<>();

  /// @param source that takes its connections from the pool
  ReachedSource(HikariDataSource pool, DataSource source) {
    super(source);
    this.pool = pool;
  }

  @Override
  public Connection getConnection() throws SQLException {
    var known = trouble.get();
    if (known != null) {
      throw new SQLTransientConnectionException(known);
    }
    try {
      return super.getConnection();
    } catch (SQLException failed) {
      if (!isBusy(failed)) {
        goesAway(failed);
      }
      throw failed;
    }
  }

  /// Why it does not answer; null where it does, as far as is known.
  @Nullable String trouble() {
    return trouble.get();
  }

  /// All connections are in use, which says nothing of the state-db: the pool then knows no cause.
  private static boolean isBusy(SQLException failed) {
    return failed instanceof SQLTransientConnectionException && failed.getCause() == null;
  }

  private void goesAway(SQLException failed) {
    if (trouble.compareAndSet(null, cause(failed))) {
      PROBING.execute(this::probe);
    }
  }

  private void probe() {
    if (!pool.isClosed() && !isBack()) {
      LATER.execute(this::probe);
    }
  }

  private boolean isBack() {
    try (var connection = super.getConnection()) {
      log.debug("the state-db answers again: {}", connection);
      trouble.set(null);
      return true;
    } catch (SQLException | RuntimeException | Error still) {
      log.trace("the state-db does not answer", still);
      return false;
    }
  }

  /// What the pool says is about the pool; what is behind it is about the state-db.
  private static String cause(SQLException failed) {
    Throwable last = failed;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    return last instanceof SQLException || failed.getCause() == null
        ? String.valueOf(last.getMessage())
        : String.valueOf(failed.getCause().getMessage());
  }
}
