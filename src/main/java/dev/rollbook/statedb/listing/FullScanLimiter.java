package dev.rollbook.statedb.listing;

import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import dev.rollbook.statedb.jdbc.StateDbJdbcTemplate;
import dev.rollbook.statedb.jdbc.UtcNamedParameterJdbcTemplate;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;
import org.springframework.stereotype.Component;

/// Bounds the queries that may have to look at every thread: few at a time, each for a limited
/// time. They compute, on H2 in this very process, and would slow down everything else.
@Component
class FullScanLimiter {
  /// Of a scan, in all its statements.
  static final Duration LONGEST = Duration.ofSeconds(5);

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final NamedParameterJdbcOperations jdbc;
  private final Semaphore permits =
      new Semaphore(Math.max(2, Runtime.getRuntime().availableProcessors() / 2), true);

  FullScanLimiter(StateDbJdbcTemplate jdbc) {
    this.jdbc = new UtcNamedParameterJdbcTemplate(jdbc.withTimeout(LONGEST));
  }

  /// Whose statements take no longer than a scan may.
  NamedParameterJdbcOperations jdbc() {
    return jdbc;
  }

  /// @throws TooManyRequests if others are at it for too long, or if it takes too long itself
  <T> T run(Supplier<T> scan) {
    if (!acquire()) {
      throw new TooManyRequests(
          Limit.QUERIES, "too many lists that have to look at all threads are being read");
    }
    try {
      return scan.get();
    } catch (QueryTimeoutException late) {
      throw tooLong();
    } finally {
      permits.release();
    }
  }

  static TooManyRequests tooLong() {
    return new TooManyRequests(
        Limit.QUERIES,
        "looking at all threads takes longer than %d s: filter for fewer of them"
            .formatted(LONGEST.toSeconds()));
  }

  private boolean acquire() {
    try {
      return permits.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
