package dev.rollbook.search;

import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.ThreadId;
import dev.rollbook.reconcile.RowsReconciled;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.search.SearchIndexException.NoSpace;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.listing.ThreadListing;
import dev.rollbook.worker.BackgroundWorker;
import dev.rollbook.worker.ShutdownPhase;
import dev.rollbook.worker.WorkerFailures;
import dev.rollbook.worker.WorkerSignal;
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

/// Background worker that keeps the index up to date. The worker indexes threads that have changed
/// ([DirtyThreads]). After a comparison of rollouts and rows, or on request, it scans all threads
/// for outdated index entries.
///
/// The worker has a platform thread, because indexing is CPU-bound, and a virtual thread would
/// occupy a carrier thread that requests need.
@Component
class SearchIndexer extends BackgroundWorker {
  private static final Logger log = LoggerFactory.getLogger(SearchIndexer.class);
  private static final Duration PASS_INTERVAL = Duration.ofMillis(250);

  /// While the index lags behind the appends by more than this, searches are answered as partial.
  private static final Duration MAX_LAG = Duration.ofSeconds(2);

  private static final Duration REFRESH_INTERVAL = Duration.ofSeconds(1);
  private static final Duration COMMIT_INTERVAL = Duration.ofSeconds(5);
  private static final Duration RETRY_INTERVAL = Duration.ofSeconds(10);

  /// After more failures than this in a row the index is discarded and rebuilt.
  private static final int MAX_FAILURES = 3;

  private final SearchIndex index;
  private final ThreadIndexer indexing;
  private final DirtyThreads touched;
  private final PeerChanges peers;
  private final ThreadListing listing;
  private final ThreadRepository rows;
  private final boolean enabled;
  private final AtomicReference<@Nullable StaleEntryScan> wanted = new AtomicReference<>();
  private volatile @Nullable StaleEntryScan sweep;
  private IndexThrottle pace = new IndexThrottle(new WorkerSignal());
  private volatile @Nullable SearchIndexException failure;
  private int failures;
  private volatile boolean waiting;
  private volatile boolean compared;
  private volatile boolean caughtUp;
  private volatile long behindSince;
  private long shown = System.nanoTime();
  private long committed = System.nanoTime();

  SearchIndexer(
      SearchIndex index,
      ThreadIndexer indexing,
      DirtyThreads touched,
      PeerChanges peers,
      ThreadListing listing,
      ThreadRepository rows,
      WorkerFailures workers,
      SearchProperties properties) {
    super(
        "search-index", ShutdownPhase.INDEX, Thread.ofPlatform().daemon(), workers, RETRY_INTERVAL);
    this.index = index;
    this.indexing = indexing;
    this.touched = touched;
    this.peers = peers;
    this.listing = listing;
    this.rows = rows;
    this.enabled = properties.enabled();
  }

  @Override
  public boolean isAutoStartup() {
    return enabled;
  }

  /// Scans all threads for what is not indexed.
  @EventListener
  void compare(RowsReconciled reconciled) {
    wanted.compareAndSet(null, new StaleEntryScan(false, 0));
    compared = true;
  }

  /// Whether the index has everything but the latest appends. False after a start until all threads
  /// were compared with the index, as a kill may have lost what was not committed.
  boolean isComplete() {
    long since = behindSince;
    return caughtUp
        && !waiting
        && peers.isCurrent()
        && (since == 0 || System.nanoTime() - since < MAX_LAG.toNanos());
  }

  /// Number of threads with items that are not indexed yet; null while it is not known.
  @Nullable Integer behind() {
    return isScanned() ? touched.unseen().size() : null;
  }

  private boolean isScanned() {
    return compared && wanted.get() == null && sweep == null;
  }

  /// Starts a rebuild of the index, unless one is running.
  void rebuild() {
    var now = sweep;
    if (now == null || !now.isRebuild()) {
      wanted.set(new StaleEntryScan(true, rows.count()));
    }
  }

  /// The running or requested rebuild; null for none.
  @Nullable StaleEntryScan rebuilding() {
    var now = sweep;
    var next = wanted.get();
    if (now != null && now.isRebuild()) {
      return now;
    }
    return next != null && next.isRebuild() ? next : null;
  }

  /// Whether the index has all threads but the [DirtyThreads].
  boolean knowsAllThreads() {
    return isScanned() && failure == null && index.isOpen();
  }

  /// Called by a search that found the index damaged: it is rebuilt.
  void reportDamage(SearchIndexException found) {
    failure = found;
  }

  @Override
  protected Duration step(WorkerSignal signal) {
    if (pace.signal() != signal) {
      pace = new IndexThrottle(signal);
    }
    pace.begin();
    peers.pollIfDue();
    var taken = touched.take();
    behindSince = taken.isEmpty() ? 0 : System.nanoTime();
    try {
      return pass(taken) ? Duration.ofNanos(1) : PASS_INTERVAL;
    } catch (DataAccessException | TransactionException e) {
      log.debug("the state-db is not available: indexing is paused", e);
      putBack(taken);
      return COMMIT_INTERVAL;
    } catch (SearchIndexException e) {
      putBack(taken);
      failed(e);
      return RETRY_INTERVAL;
    } catch (RuntimeException | Error e) {
      putBack(taken);
      throw e;
    }
  }

  /// @param taken threads to index; those that were indexed are removed
  /// @return whether there is more to do at once
  private boolean pass(Map<ThreadId, Boolean> taken) {
    reopen();
    requireDiskSpace();
    boolean isAll = isScanned();
    boolean worked = !taken.isEmpty();
    for (var each = taken.entrySet().iterator(); each.hasNext() && !pace.isStopped(); ) {
      var next = each.next();
      index(next.getKey(), next.getValue());
      each.remove();
      maybeRefresh();
      commit();
      pace.maybePause();
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
    recovered();
    return more;
  }

  private void index(ThreadId id, boolean anew) {
    try {
      indexing.index(id, anew, pace);
    } catch (DataAccessException | TransactionException | SearchIndexException e) {
      throw e;
    } catch (TooManyRequests e) {
      log.debug("indexing of thread {} is postponed: no memory", id, e);
      touched.add(id, anew);
    } catch (RuntimeException | Error e) {
      log.warn("thread {} could not be indexed completely: {}", id, e.toString());
      log.debug("thread {} could not be indexed", id, e);
    }
  }

  private boolean step() {
    var next = wanted.get();
    if (next != null && (sweep == null || next.isRebuild())) {
      // In this order, so that rebuilding() always sees one of them.
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

  private void reopen() {
    var why = failure;
    if (why == null && index.isOpen()) {
      return;
    }
    index.close();
    if (why != null && (why.isDamage() || failures > MAX_FAILURES)) {
      index.discard(why);
    }
    index.open();
    if (why != null) {
      // What was not committed is lost.
      caughtUp = false;
      boolean rebuild = rebuilding() != null;
      sweep = null;
      wanted.set(new StaleEntryScan(rebuild, rows.count()));
    }
    failure = null;
  }

  /// The last of a disk is reserved for rollouts.
  private void requireDiskSpace() {
    if (!index.hasSpace()) {
      throw new NoSpace();
    }
  }

  private void maybeRefresh() {
    if (System.nanoTime() - shown > REFRESH_INTERVAL.toNanos()) {
      show();
    }
  }

  private void show() {
    index.refresh();
    shown = System.nanoTime();
  }

  private void commit() {
    long now = System.nanoTime();
    if (now - committed > COMMIT_INTERVAL.toNanos()) {
      index.commit();
      committed = now;
    }
  }

  private void failed(SearchIndexException failed) {
    boolean isFull = StorageFaults.isFull(failed.cause());
    if (!(failed instanceof NoSpace)) {
      failure = failed;
      // An index that is locked by another process, or cannot be opened, is not damaged.
      failures += isFull || !index.isOpen() ? 0 : 1;
    }
    if (!waiting) {
      log.warn(
          "search index cannot be written: {}; indexing is retried, new items are found later",
          StorageFaults.shortCause(failed.cause()));
      log.debug("search index cannot be written", failed);
    }
    waiting = true;
  }

  private void recovered() {
    if (waiting) {
      log.info("search index can be written again");
    }
    waiting = false;
    failures = 0;
  }

  private void putBack(Map<ThreadId, Boolean> taken) {
    taken.forEach(touched::add);
  }

  @Override
  protected void close() {
    try {
      if (failure == null && index.isOpen()) {
        index.commit();
      }
    } catch (SearchIndexException e) {
      log.debug("search index could not be committed at the stop", e);
    }
    index.close();
  }
}
