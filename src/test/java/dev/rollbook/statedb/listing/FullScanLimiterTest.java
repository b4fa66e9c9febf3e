package dev.rollbook.statedb.listing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.statedb.jdbc.StateDbJdbcTemplate;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;

class FullScanLimiterTest {
  private final JdbcDataSource source = new JdbcDataSource();
  private final FullScanLimiter scans =
      new FullScanLimiter(new StateDbJdbcTemplate(source, source));

  @Test
  void fewScansRunAtATimeAndTheOthersAreRefusedSoon() throws InterruptedException {
    var running = new CountDownLatch(atATime());
    var end = new CountDownLatch(1);
    try (var threads = Executors.newCachedThreadPool()) {
      try {
        for (int n = 0; n < atATime(); n++) {
          threads.execute(() ->
              scans.run(() -> {
                running.countDown();
                return awaited(end);
              }));
        }
        assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();

        assertThatThrownBy(() -> scans.run(() -> true)).isInstanceOf(TooManyRequests.class);
      } finally {
        end.countDown();
      }
    }
    assertThat(scans.run(() -> true)).isTrue();
  }

  private static boolean awaited(CountDownLatch end) {
    try {
      return end.await(1, TimeUnit.MINUTES);
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  private static int atATime() {
    return Math.max(2, Runtime.getRuntime().availableProcessors() / 2);
  }
}
