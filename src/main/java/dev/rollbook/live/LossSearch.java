package dev.rollbook.live;

import dev.rollbook.lock.LoadedThreadRegistry;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Searches all loaded threads for persisted items that their storage has lost.
///
/// An append notices a loss, but a thread that is idle has none. So all loaded threads are compared
/// with the database after each of its outages, and when the service stops.
@Component
class LossSearch {
  private static final Logger log = LoggerFactory.getLogger(LossSearch.class);

  /// Failures after which a pass ends. The database evidently does not answer, so the other threads
  /// wait for the next pass.
  private static final int MAX_FAILURES = 3;

  private final LoadedThreadRegistry<LiveThread> open;
  private final RowFlusher rows;
  private final Set<LiveThread> waiting = ConcurrentHashMap.newKeySet();
  private int recoveries;

  LossSearch(LoadedThreadRegistry<LiveThread> open, RowFlusher rows) {
    this.open = open;
    this.rows = rows;
  }

  @Scheduled(fixedDelay = 1000)
  synchronized void searchAfterOutage() {
    int now = rows.recoveries();
    if (now != recoveries) {
      recoveries = now;
      waiting.addAll(open.all());
    }
    search();
  }

  /// The memory of what was persisted ends with the process.
  synchronized void searchBeforeStop() {
    waiting.addAll(open.all());
    search();
    if (!waiting.isEmpty()) {
      log.warn(
          "the rollouts of {} threads are not compared with what was persisted, as they cannot be"
              + " read: if PostgreSQL fails over to a standby that lagged behind, lost items are"
              + " not counted",
          waiting.size());
    }
  }

  private void search() {
    int failures = 0;
    for (var thread : List.copyOf(waiting)) {
      try {
        thread.findLoss();
        waiting.remove(thread);
      } catch (IOException | RuntimeException e) {
        log.debug(
            "rollout of thread {} is compared later: {}", thread.id(), StorageFaults.shortCause(e));
        failures++;
      }
      if (failures == MAX_FAILURES) {
        return;
      }
    }
  }
}
