package dev.rollbook.statedb.listing;

import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import dev.rollbook.statedb.jdbc.StateDbJdbcTemplate;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Component;

/// Limits the number and the duration of queries that may scan all threads. Such queries are
/// CPU-bound. H2 executes them in this process, where they would slow down all other work.
@Component
class FullScanLimiter {
  /// For all statements of a scan together.
  static final Duration SCAN_TIMEOUT = Duration.ofSeconds(5);

  private static final Duration ACQUIRE_TIMEOUT = Duration.ofSeconds(2);

  private final NamedParameterJdbcOperations jdbc;
  private final Semaphore permits =
      new Semaphore(Math.max(2, Runtime.getRuntime().availableProcessors() / 2), true);

  FullScanLimiter(StateDbJdbcTemplate jdbc) {
    this.jdbc = new NamedParameterJdbcTemplate(jdbc.withTimeout(SCAN_TIMEOUT));
  }

  /// A template whose statements are cancelled after [#SCAN_TIMEOUT].
  NamedParameterJdbcOperations jdbc() {
    return jdbc;
  }

  /// @throws TooManyRequests if no permit becomes free in time, or if the scan takes too long
  <T> T run(Supplier<T> scan) {
    if (!acquire()) {
      throw new TooManyRequests(
          Limit.QUERIES, "too many lists that scan all threads are being read");
    }
    try {
      return scan.get();
    } catch (QueryTimeoutException e) {
      throw tooLong();
    } finally {
      permits.release();
    }
  }

  static TooManyRequests tooLong() {
    return new TooManyRequests(
        Limit.QUERIES,
        "the scan of all threads takes longer than %d s: add a filter"
            .formatted(SCAN_TIMEOUT.toSeconds()));
  }

  private boolean acquire() {
    try {
      return permits.tryAcquire(ACQUIRE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
