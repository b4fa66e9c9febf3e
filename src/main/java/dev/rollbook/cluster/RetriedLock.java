package dev.rollbook.cluster;

import java.time.Duration;
import java.util.Optional;
import net.javacrumbs.shedlock.core.SimpleLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lock whose extension is tried again if the database fails. ShedLock would not extend the lock
/// any more after one failure.
///
/// @param pause between two attempts
record RetriedLock(SimpleLock lock, Duration pause) implements SimpleLock {
  private static final Logger log = LoggerFactory.getLogger(RetriedLock.class);

  /// They end before the lock expires.
  private static final int ATTEMPTS = 5;

  @Override
  public void unlock() {
    lock.unlock();
  }

  /// @return empty if the lock has expired
  @Override
  public Optional<SimpleLock> extend(Duration atMost, Duration atLeast) {
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        return lock.extend(atMost, atLeast).map(extended -> new RetriedLock(extended, pause));
      } catch (RuntimeException e) {
        log.debug("the lock of a job cannot be extended, attempt {}", attempt, e);
      }
      if (attempt < ATTEMPTS && isInterruptedAfterPause()) {
        break;
      }
    }
    // The next extension tries again.
    return Optional.of(this);
  }

  private boolean isInterruptedAfterPause() {
    try {
      Thread.sleep(pause);
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}
