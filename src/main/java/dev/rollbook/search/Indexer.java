package dev.rollbook.search;

import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.ThreadId;
import dev.rollbook.reconcile.RowsReconciled;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.search.IndexFailed.NoSpace;
import dev.rollbook.statedb.ThreadListing;
import dev.rollbook.statedb.ThreadRows;
import dev.rollbook.worker.BackgroundWorker;
import dev.rollbook.worker.Pause;
import dev.rollbook.worker.ShutdownPhase;
import dev.rollbook.worker.Workers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Keeps the index up: with what is appended, and, when rows were compared with rollouts or
/// somebody asks for it, with everything.
///
/// It has a thread of the system to itself rather than a virtual one: indexing computes for long
/// stretches, and would keep requests from one of the few carriers meanwhile.
@Component
class Indexer extends BackgroundWorker {
  private static final Logger log = LoggerFactory.getLogger(Indexer.class);
  private static final Duration BETWEEN_PASSES = Duration.ofMillis(250);

  /// New items are found sooner; a search that is answered later than this behind them says so.
  private static final Duration MOST_BEHIND = Duration.ofSeconds(2);

  private static final Duration BETWEEN_SHOWS = Duration.ofSeconds(1);
  private static final Duration BETWEEN_COMMITS = Duration.ofSeconds(5);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);

  /// After so many in a row the index itself is taken to be at fault.
  private static final int MOST_FAILURES = 3;

  private final SearchIndex index;
  private final ThreadIndexing indexing;
  private final Touched touched;
  private final ThreadListing listing;
  private final ThreadRows rows;
  private final boolean enabled;
  private final AtomicReference<@Nullable Sweep> wanted = new AtomicReference<>();
  private volatile @Nullable Sweep sweep;
  private Pace pace = new Pace(new Pause());
  private volatile @Nullable IndexFailed failure;
  private int failures;
  private volatile boolean waiting;
  private volatile boolean compared;
  private volatile boolean caughtUp;
  private volatile long behindSince;
  private long shown = System.nanoTime();
  private long committed = System.nanoTime();

  Indexer(
      SearchIndex index,
      ThreadIndexing indexing,
      Touched touched,
      ThreadListing listing,
      ThreadRows rows,
      Workers workers,
      SearchProperties properties) {
    super(
        "search-index", ShutdownPhase.INDEX, Thread.ofPlatform().daemon(), workers, AFTER_FAILURE);
    this.index = index;
    this.indexing = indexing;
    this.touched = touched;
    this.listing = listing;
    this.rows = rows;
    this.enabled = properties.enabled();
  }

  @Override
  public boolean isAutoStartup() {
    return enabled;
  }

  /// Compares all threads with the index.
  @EventListener
  void compare(RowsReconciled reconciled) {
    wanted.compareAndSet(null, new Sweep(false, 0));
    compared = true;
  }

  /// Whether all can be found that was written more than a moment ago. Not before all threads were
  /// compared with the index after a start, as a kill may have kept them from it.
  boolean isComplete() {
    long since = behindSince;
    return caughtUp
        && !waiting
        && (since == 0 || System.nanoTime() - since < MOST_BEHIND.toNanos());
  }

  /// Threads that have something that cannot be found yet; null while that is not known.
  @Nullable Integer behind() {
    return isLookedThrough() ? touched.count() : null;
  }

  private boolean isLookedThrough() {
    return compared && wanted.get() == null && sweep == null;
  }

  /// Indexes all threads anew, unless that is going on.
  void rebuild() {
    var now = sweep;
    if (now == null || !now.isRebuild()) {
      wanted.set(new Sweep(true, rows.count()));
    }
  }

  /// The rebuild that goes on or is about to; null for none.
  @Nullable Sweep rebuilding() {
    var now = sweep;
    var next = wanted.get();
    if (now != null && now.isRebuild()) {
      return now;
    }
    return next != null && next.isRebuild() ? next : null;
  }

  /// Whether the index knows all threads but those that are [Touched].
  boolean knowsAllThreads() {
    return isLookedThrough() && failure == null && index.isOpen();
  }

  /// A search found files of the index damaged: it is made anew.
  void distrust(IndexFailed found) {
    failure = found;
  }

  @Override
  protected Duration step(Pause pause) {
    if (pace.pause() != pause) {
      pace = new Pace(pause);
    }
    pace.begin();
    var taken = touched.take();
    behindSince = taken.isEmpty() ? 0 : System.nanoTime();
    try {
      return pass(taken) ? Duration.ofNanos(1) : BETWEEN_PASSES;
    } catch (DataAccessException | TransactionException away) {
      log.debug("the state-db does not answer: the search index waits", away);
      giveBack(taken);
      return BETWEEN_COMMITS;
    } catch (IndexFailed failed) {
      giveBack(taken);
      waits(failed);
      return AFTER_FAILURE;
    } catch (RuntimeException | Error unexpected) {
      giveBack(taken);
      throw unexpected;
    }
  }

  /// @param taken to be indexed; what is left of it was not
  /// @return whether there is more to do at once
  private boolean pass(Map<ThreadId, Boolean> taken) {
    openAgain();
    requireSpace();
    boolean isAll = isLookedThrough();
    boolean worked = !taken.isEmpty();
    for (var each = taken.entrySet().iterator(); each.hasNext() && !pace.isStopped(); ) {
      var next = each.next();
      bringUp(next.getKey(), next.getValue());
      each.remove();
      showWhileItTakesLong();
      commit();
      pace.breathe();
    }
    isAll &= taken.isEmpty();
    boolean more = step();
    if (worked) {
      show();
      touched.shown();
    }
    behindSince = 0;
    caughtUp |= isAll;
    commit();
    goesOn();
    return more;
  }

  private void bringUp(ThreadId id, boolean anew) {
    try {
      indexing.bringUp(id, anew, pace);
    } catch (DataAccessException | TransactionException | IndexFailed forAll) {
      throw forAll;
    } catch (TooManyRequests memory) {
      log.debug("thread {} waits to be indexed", id, memory);
      touched.add(id, anew);
    } catch (RuntimeException | Error ofThisOne) {
      log.warn("thread {} cannot be searched as a whole: {}", id, ofThisOne.toString());
      log.debug("thread {} cannot be indexed", id, ofThisOne);
    }
  }

  private boolean step() {
    var next = wanted.get();
    if (next != null && (sweep == null || next.isRebuild())) {
      // In this order, so that a rebuild is never out of sight.
      sweep = next;
      wanted.compareAndSet(next, null);
    }
    var now = sweep;
    if (now == null) {
      return false;
    }
    boolean more = now.step(listing, rows, indexing, index, touched);
    if (!more) {
      compared = true;
      sweep = null;
    }
    return more;
  }

  private void openAgain() {
    var why = failure;
    if (why == null && index.isOpen()) {
      return;
    }
    index.close();
    if (why != null && (why.isDamage() || failures > MOST_FAILURES)) {
      index.discard(why);
    }
    index.open();
    if (why != null) {
      // What was not committed is indexed no longer.
      caughtUp = false;
      boolean rebuild = rebuilding() != null;
      sweep = null;
      wanted.set(new Sweep(rebuild, rows.count()));
    }
    failure = null;
  }

  /// What is left of a full disk is for the history.
  private void requireSpace() {
    if (!index.hasSpace()) {
      throw new NoSpace();
    }
  }

  private void showWhileItTakesLong() {
    if (System.nanoTime() - shown > BETWEEN_SHOWS.toNanos()) {
      show();
    }
  }

  private void show() {
    index.refresh();
    shown = System.nanoTime();
  }

  private void commit() {
    long now = System.nanoTime();
    if (now - committed > BETWEEN_COMMITS.toNanos()) {
      index.commit();
      committed = now;
    }
  }

  private void waits(IndexFailed failed) {
    boolean isFull = StorageFaults.isFull(failed.cause());
    if (!(failed instanceof NoSpace)) {
      failure = failed;
      // One that another process holds, or that cannot be opened, is not at fault.
      failures += isFull || !index.isOpen() ? 0 : 1;
    }
    if (!waiting) {
      log.warn(
          "search index waits and is tried again: {}; what comes meanwhile is found later",
          StorageFaults.shortCause(failed.cause()));
      log.debug("search index cannot be written", failed);
    }
    waiting = true;
  }

  private void goesOn() {
    if (waiting) {
      log.info("search index is written again");
    }
    waiting = false;
    failures = 0;
  }

  private void giveBack(Map<ThreadId, Boolean> taken) {
    taken.forEach(touched::add);
  }

  @Override
  protected void close() {
    try {
      if (failure == null && index.isOpen()) {
        index.commit();
      }
    } catch (IndexFailed failed) {
      log.debug("search index could not be committed at the stop", failed);
    }
    index.close();
  }
}
