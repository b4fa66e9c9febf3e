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
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
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
  private final MeterProvider<Counter> resumes;

  ThreadResumer(ThreadLookup lookup, Rollouts rollouts, LiveThreads live, MeterRegistry registry) {
    this.lookup = lookup;
    this.rollouts = rollouts;
    this.live = live;
    this.resumes =
        Counter.builder("threads.resumed")
            .description("Resumes that clients requested")
            .baseUnit("threads")
            .withRegistry(registry);
    // All reasons are registered at once, so that rates can be computed from the start.
    count(Optional.empty(), 0);
    for (var reason : ResumeFailure.values()) {
      count(Optional.of(reason), 0);
    }
  }

  /// Opens the thread, or returns why it cannot be resumed.
  Optional<ResumeFailure> attempt(ThreadId id) {
    var failure = obstacle(id);
    if (failure.isEmpty()) {
      live.with(id, LiveThread::resume);
    }
    count(failure, 1);
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

  private void count(Optional<ResumeFailure> failure, int resumed) {
    var outcome = failure.isEmpty() ? "resumed" : "failed";
    var reason = failure.map(ResumeFailure::wireName).orElse("none");
    resumes.withTags("outcome", outcome, "reason", reason).increment(resumed);
  }
}
