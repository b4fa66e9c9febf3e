package dev.rollbook.live;

import dev.rollbook.live.ThreadMonitor.StaleThreadException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Tries again and again to write what a full or failing disk did not take.
@Component
class PendingRetries {
  private static final Logger log = LoggerFactory.getLogger(PendingRetries.class);

  /// So many failures say enough of the disk: the others are tried the next time.
  private static final int FUTILE = 10;

  private final LiveThreads threads;

  PendingRetries(LiveThreads threads) {
    this.threads = threads;
  }

  @Scheduled(fixedDelay = 1000)
  void retry() {
    var waiting =
        threads.all().stream()
            .filter(LiveThread::hasPending)
            .collect(Collectors.toCollection(ArrayList::new));
    Collections.shuffle(waiting);
    int failures = 0;
    for (var thread : waiting) {
      try {
        failures += thread.retry() ? 0 : 1;
      } catch (StaleThreadException e) {
        log.debug("thread {} was unloaded meanwhile", thread.id(), e);
      }
      if (failures == FUTILE) {
        return;
      }
    }
  }
}
