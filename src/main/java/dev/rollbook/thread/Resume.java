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
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Decides whether a thread can be gone on with, and opens it.
@Component
class Resume {
  private static final Logger log = LoggerFactory.getLogger(Resume.class);

  private final ThreadLookup lookup;
  private final Rollouts rollouts;
  private final LiveThreads live;
  private final ResumeMeters meters;

  Resume(ThreadLookup lookup, Rollouts rollouts, LiveThreads live, ResumeMeters meters) {
    this.lookup = lookup;
    this.rollouts = rollouts;
    this.live = live;
    this.meters = meters;
  }

  /// Opens the thread, or tells why it cannot be opened.
  Optional<ResumeFailure> attempt(ThreadId id) {
    var failure = obstacle(id);
    if (failure.isEmpty()) {
      live.with(id, Resume::open);
    }
    meters.count(failure);
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
    if (row.get().archivedAt() != null) {
      return Optional.of(ResumeFailure.THREAD_ARCHIVED);
    }
    try {
      return rollouts.check(rollouts.ref(id, row.get().rolloutPath()));
    } catch (IOException unreadable) {
      log.debug("rollout of thread {} cannot be read", id, unreadable);
      return Optional.of(ResumeFailure.ROLLOUT_UNREADABLE);
    }
  }

  private static LiveThread open(LiveThread thread) {
    thread.resume();
    return thread;
  }
}
