package dev.rollbook.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import net.javacrumbs.shedlock.core.SimpleLock;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

class RetriedLockTest {
  private static final Duration TIME = Duration.ofSeconds(30);

  /// A lock that fails some times before it is extended.
  private static final class FailingLock implements SimpleLock {
    final Optional<SimpleLock> extended;
    int failures;

    FailingLock(int failures, Optional<SimpleLock> extended) {
      this.failures = failures;
      this.extended = extended;
    }

    @Override
    public void unlock() {}

    @Override
    public Optional<SimpleLock> extend(Duration atMost, Duration atLeast) {
      if (failures-- > 0) {
        throw new DataAccessResourceFailureException("test");
      }
      return extended;
    }
  }

  private static Optional<SimpleLock> extend(SimpleLock lock) {
    return new RetriedLock(lock, Duration.ZERO).extend(TIME, Duration.ZERO);
  }

  @Test
  void aFailedExtensionIsTriedAgain() {
    var next = new FailingLock(0, Optional.empty());

    assertThat(extend(new FailingLock(3, Optional.of(next))))
        .contains(new RetriedLock(next, Duration.ZERO));
  }

  @Test
  void aLockThatCouldNotBeExtendedIsTriedAgainNextTime() {
    var lock = new FailingLock(7, Optional.empty());

    assertThat(extend(lock)).contains(new RetriedLock(lock, Duration.ZERO));
    assertThat(extend(lock)).as("it has expired").isEmpty();
  }
}
