package dev.rollbook.imports;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Lets an import wait for a disk or a database that cannot take anything now, until it is to try
/// again or the service stops.
@Component
class Pause {
  private static final Logger log = LoggerFactory.getLogger(Pause.class);
  private static final int SECONDS = 2;

  private final Semaphore ends = new Semaphore(0);

  /// @param reason that is told of the import meanwhile
  void after(ImportJob job, String reason) {
    job.progress().waiting(reason);
    await();
    job.progress().waiting(null);
  }

  void await() {
    try {
      boolean ended = ends.tryAcquire(SECONDS, TimeUnit.SECONDS);
      log.debug("an import {}", ended ? "ends" : "tries again");
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }

  /// Ends the waiting of whoever waits, or of the next one.
  void end() {
    ends.release();
  }
}
