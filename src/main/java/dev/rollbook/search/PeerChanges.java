package dev.rollbook.search;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rollbook.cluster.Replicas;
import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.statedb.listing.ThreadChanges;
import dev.rollbook.statedb.listing.ThreadChanges.Change;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Poll for threads that other replicas have changed or deleted, which become [DirtyThreads]. Does
/// nothing if no other replica is possible.
///
/// It follows the order in which rows were changed. From time to time it looks back, because a
/// transaction may commit after a later one. What was changed before the first poll is found by the
/// [StaleEntryScan].
@Component
class PeerChanges {
  private static final Logger log = LoggerFactory.getLogger(PeerChanges.class);
  private static final Duration INTERVAL = Duration.ofMillis(500);
  private static final Duration LOOK_BACK_INTERVAL = Duration.ofSeconds(5);
  private static final Duration LOOK_BACK = Duration.ofSeconds(10);

  /// Without a poll for this time, searches are answered as partial.
  private static final Duration MAX_LAG = Duration.ofSeconds(2);

  private static final int PAGE_SIZE = 1000;

  private final ThreadChanges changes;
  private final DeletedThreads deleted;
  private final DirtyThreads touched;
  private final boolean isActive;

  @GuardedBy("this")
  private @Nullable Change last;

  /// Changes that a look back would find once more.
  @GuardedBy("this")
  private final Map<UUID, Instant> recent = new HashMap<>();

  @GuardedBy("this")
  private long lookedBack;

  private volatile long polled = System.nanoTime() - MAX_LAG.toNanos();

  PeerChanges(
      ThreadChanges changes,
      DeletedThreads deleted,
      DirtyThreads touched,
      Replicas replicas,
      SearchProperties properties) {
    this.changes = changes;
    this.deleted = deleted;
    this.touched = touched;
    this.isActive = properties.enabled() && !replicas.isSole();
    if (isActive) {
      deleted.onDeletion(thread -> touched.add(new ThreadId(thread), false));
    }
  }

  /// Polls, unless it has just done so.
  void pollIfDue() {
    if (isActive && System.nanoTime() - polled >= INTERVAL.toNanos()) {
      poll();
    }
  }

  /// @return whether all changes are known that were committed before the call; almost all, as one
  ///   that was committed after a later one is found by the next look back
  synchronized boolean poll() {
    if (!isActive) {
      return true;
    }
    long begun = System.nanoTime();
    try {
      follow(begun);
      deleted.refresh();
      polled = begun;
      return true;
    } catch (DataAccessException | TransactionException | IOException e) {
      log.debug("changes by other replicas are looked for later", e);
      return false;
    }
  }

  /// Whether it has polled lately.
  boolean isCurrent() {
    return !isActive || System.nanoTime() - polled < MAX_LAG.toNanos();
  }

  @GuardedBy("this")
  private void follow(long begun) {
    var known = last;
    if (known == null) {
      last = Change.before(changes.now().minus(LOOK_BACK));
      lookedBack = begun;
      follow(last, last);
    } else if (begun - lookedBack >= LOOK_BACK_INTERVAL.toNanos()) {
      var before = known.at().minus(LOOK_BACK);
      follow(Change.before(before), known);
      lookedBack = begun;
      recent.values().removeIf(at -> at.isBefore(before));
    } else {
      follow(known, known);
    }
  }

  @GuardedBy("this")
  private void follow(Change from, Change known) {
    var position = from;
    int size;
    do {
      var page = changes.after(position, PAGE_SIZE);
      for (var change : page) {
        if (!change.at().equals(recent.put(change.thread(), change.at()))) {
          touched.add(new ThreadId(change.thread()), false);
        }
      }
      size = page.size();
      position = page.isEmpty() ? position : page.getLast();
    } while (size == PAGE_SIZE);
    last = position.at().isBefore(known.at()) ? known : position;
  }
}
