package dev.rollbook.live;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Gives back the memory and the files of threads that nobody writes.
@Component
class IdleThreads {
  private static final Logger log = LoggerFactory.getLogger(IdleThreads.class);

  private final LiveThreads threads;
  private final Duration timeout;

  IdleThreads(LiveThreads threads, LiveProperties properties) {
    this.threads = threads;
    this.timeout = properties.idleTimeout();
  }

  @Scheduled(fixedDelay = 1000)
  void unload() {
    int count = threads.unloadIdle(timeout);
    if (count > 0) {
      log.debug("unloaded {} idle threads", count);
    }
  }
}
