package dev.rollbook.statedb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.RollbookException.TooManyRequests;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;

/// Those who read much leave something to those who write, and a state-db that is used by many is
/// not taken for one that is away.
abstract class StateDbLoadContract extends StateDbContract {
  private static final int READERS = 6;

  private final List<Connection> taken = new ArrayList<>();

  @AfterEach
  void giveBack() throws SQLException {
    for (var connection : taken) {
      connection.close();
    }
  }

  @Test
  void readsLeaveConnectionsToWrites() throws SQLException {
    var source = the(DataSource.class);
    for (int n = 0; n < READERS; n++) {
      taken.add(ReadScope.call(source::getConnection));
    }
    var writing = Thread.ofPlatform().start(this::writeAllTheTime);

    assertThatThrownBy(() -> ReadScope.call(source::getConnection))
        .isInstanceOf(StateDbBusyException.class);

    writing.interrupt();
    assertThat(the(StateDbPresence.class).answers()).isTrue();
    taken.removeFirst().close();
    taken.add(ReadScope.call(source::getConnection));
  }

  @Test
  void fewScansGoOnAtATimeAndTheOthersDoNotWaitLong() throws InterruptedException {
    var scans = the(ScanLimit.class);
    var running = new CountDownLatch(atATime());
    var end = new CountDownLatch(1);
    try (var threads = Executors.newCachedThreadPool()) {
      for (int n = 0; n < atATime(); n++) {
        threads.execute(() ->
            scans.run(() -> {
              running.countDown();
              return awaited(end);
            }));
      }
      assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();

      assertThatThrownBy(() -> scans.run(() -> true)).isInstanceOf(TooManyRequests.class);

      end.countDown();
    }
    assertThat(scans.run(() -> true)).isTrue();
  }

  private void writeAllTheTime() {
    while (!Thread.interrupted()) {
      the(JdbcTemplate.class).update("UPDATE thread SET pinned = pinned WHERE id IS NULL");
    }
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
