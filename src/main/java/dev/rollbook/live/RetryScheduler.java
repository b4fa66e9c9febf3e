package dev.rollbook.live;

import dev.rollbook.live.ThreadMonitor.StaleThreadException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Retries the writes that a full or failing disk did not accept, once a second.
@Component
class RetryScheduler {
  private static final Logger log = LoggerFactory.getLogger(RetryScheduler.class);

  /// After so many failures in a pass the disk is still broken: the rest waits for the next pass.
  private static final int MAX_FAILURES = 10;

  private final LiveThreads threads;

  RetryScheduler(LiveThreads threads) {
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
      if (failures == MAX_FAILURES) {
        return;
      }
    }
  }
}
