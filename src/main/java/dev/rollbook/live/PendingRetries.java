package dev.rollbook.live;

import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Tries again and again to write what a full or failing disk did not take.
@Component
class PendingRetries {
  private final LiveThreads threads;

  PendingRetries(LiveThreads threads) {
    this.threads = threads;
  }

  @Scheduled(fixedDelay = 1000)
  void retry() {
    threads.catchUp();
  }
}
