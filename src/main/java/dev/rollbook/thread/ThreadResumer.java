package dev.rollbook.thread;

import dev.rollbook.live.LiveThread;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.RollbookException.ThreadArchived;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.ThreadId;
import dev.rollbook.reconcile.ThreadLookup;
import dev.rollbook.rollout.Rollouts;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Resumes threads: opens a thread, or says why it cannot be resumed.
@Component
class ThreadResumer {
  private static final Logger log = LoggerFactory.getLogger(ThreadResumer.class);

  private final ThreadLookup lookup;
  private final Rollouts rollouts;
  private final LiveThreads live;
  private final Counter resumed;
  private final Map<ResumeFailure, Counter> failed = new EnumMap<>(ResumeFailure.class);

  ThreadResumer(ThreadLookup lookup, Rollouts rollouts, LiveThreads live, MeterRegistry registry) {
    this.lookup = lookup;
    this.rollouts = rollouts;
    this.live = live;
    // All reasons are registered at once, so that rates can be computed from the start.
    resumed = counter("resumed", "none", registry);
    for (var reason : ResumeFailure.values()) {
      failed.put(reason, counter("failed", reason.wireName(), registry));
    }
  }

  /// Opens the thread, or returns why it cannot be resumed.
  Optional<ResumeFailure> attempt(ThreadId id) {
    var failure = obstacle(id);
    if (failure.isEmpty()) {
      live.with(id, ThreadResumer::open);
    }
    failure.map(failed::get).orElse(resumed).increment();
    return failure;
  }

  static RollbookException problem(ThreadId id, ResumeFailure failure) {
    return switch (failure) {
      case THREAD_NOT_FOUND -> new ThreadNotFound(id);
      case THREAD_ARCHIVED -> new ThreadArchived(id);
      case ROLLOUT_MISSING, ROLLOUT_EMPTY, ROLLOUT_UNREADABLE -> new RolloutUnusable(id, failure);
    };
  }

  private Optional<ResumeFailure> obstacle(ThreadId id) {
    lookup.followFile(id);
    var row = lookup.find(id);
    if (row.isEmpty()) {
      return Optional.of(ResumeFailure.THREAD_NOT_FOUND);
    }
    if (row.get().attributes().archivedAt() != null) {
      return Optional.of(ResumeFailure.THREAD_ARCHIVED);
    }
    try {
      return rollouts.check(rollouts.ref(id, row.get().storage().rolloutPath()));
    } catch (IOException e) {
      log.debug("rollout of thread {} cannot be read", id, e);
      return Optional.of(ResumeFailure.ROLLOUT_UNREADABLE);
    }
  }

  private static LiveThread open(LiveThread thread) {
    thread.resume();
    return thread;
  }

  private static Counter counter(String outcome, String reason, MeterRegistry registry) {
    return Counter.builder("threads.resumed")
        .description("Resumes that clients requested")
        .baseUnit("threads")
        .tag("outcome", outcome)
        .tag("reason", reason)
        .register(registry);
  }
}
