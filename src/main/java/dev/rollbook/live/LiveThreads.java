package dev.rollbook.live;

import dev.rollbook.access.Access;
import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.event.Event;
import dev.rollbook.event.Event.ThreadClosed;
import dev.rollbook.event.Event.ThreadClosed.How;
import dev.rollbook.event.Event.ThreadDeleted;
import dev.rollbook.live.LiveThreadLock.StaleThreadException;
import dev.rollbook.lock.LoadedThreadRegistry;
import dev.rollbook.lock.ThreadLocks.Action;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.reconcile.ThreadLookup;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.skips.Gaps;
import dev.rollbook.statedb.ThreadRow;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Threads loaded in memory: one object per thread, loaded on demand and unloaded when idle.
@Component
public class LiveThreads implements MeterBinder {
  private static final Logger log = LoggerFactory.getLogger(LiveThreads.class);

  /// Idle timeouts that a deleted thread with a turn in progress stays loaded; many, because the
  /// turn exists only in memory.
  private static final int DELETED_IDLE_TIMEOUTS = 48;

  /// Failures after which a pass over the threads ends. The disk is evidently still broken, so the
  /// other threads wait for the next pass.
  private static final int MAX_FAILURES = 10;

  private final LoadedThreadRegistry<LiveThread> open;
  private final ThreadLookup lookup;
  private final LiveThreadLoader loader;
  private final RowFlusher rows;
  private final Gaps gaps;
  private final LiveThreadLimits limits;
  private final Duration idleTimeout;

  LiveThreads(
      LoadedThreadRegistry<LiveThread> open,
      ThreadLookup lookup,
      LiveThreadLoader loader,
      RowFlusher rows,
      Gaps gaps,
      LiveThreadLimits limits,
      LiveThreadLimitProperties properties) {
    this.open = open;
    this.limits = limits;
    this.idleTimeout = properties.idleTimeout();
    this.lookup = lookup;
    this.loader = loader;
    this.rows = rows;
    this.gaps = gaps;
  }

  /// An action on a thread in memory.
  public interface LiveAction<T, E extends Exception> {
    T run(LiveThread thread) throws E;
  }

  /// Runs an action on any thread, for the work of the service itself.
  ///
  /// @throws ThreadNotFound if there is none
  public <T, E extends Exception> T with(ThreadId id, LiveAction<T, E> action) throws E {
    return with(Access.ALL, id, action);
  }

  /// Runs an action on a thread, which is loaded if it is not in memory.
  ///
  /// @throws ThreadNotFound if there is none that the caller sees
  public <T, E extends Exception> T with(Access access, ThreadId id, LiveAction<T, E> action)
      throws E {
    boolean wasOutdated = false;
    while (true) {
      limits.evictIds(open.all());
      var thread = open(access, id);
      try {
        return action.run(thread);
      } catch (StaleThreadException e) {
        log.debug("thread {} was unloaded meanwhile, looking it up again", id, e);
      } catch (OutdatedThreadException e) {
        if (wasOutdated) {
          throw StorageFaults.unavailable(id, e);
        }
        wasOutdated = true;
        unloadOutdated(thread, e);
      }
    }
  }

  /// Unloads a thread, so that it is loaded again as its rollout is now.
  private void unloadOutdated(LiveThread thread, OutdatedThreadException cause) {
    try {
      rows.unloadAfter(thread, true, () -> thread);
      unloaded(thread);
      log.warn("{} since it was loaded; it is loaded again", cause.getMessage());
    } catch (StaleThreadException e) {
      log.debug("thread {} was unloaded meanwhile", thread.id(), e);
    }
  }

  /// Runs an action while the thread is not, and cannot be, loaded.
  ///
  /// @return empty if the thread is in memory, here or in another replica; then nothing was done
  public <T, E extends Exception> Optional<T> ifNotLoaded(ThreadId id, Action<T, E> action)
      throws E {
    try {
      return open.ifNotLoaded(id, action);
    } catch (OwnedElsewhereException e) {
      log.debug("thread {} is left as it is", id, e);
      return Optional.empty();
    }
  }

  /// The row of a thread that the caller sees.
  public Optional<ThreadRow> row(Access access, ThreadId id) {
    return row(id).filter(row -> access.sees(row.provenance().owner()));
  }

  /// The row of a thread or, if the state-db has just lost it, the one that will be restored.
  public Optional<ThreadRow> row(ThreadId id) {
    lookup.followFile(id);
    return lookup.find(id).or(() -> find(id).flatMap(LiveThread::rowIfLoaded));
  }

  /// The row of a thread in memory that the caller sees, as the next flush will write it; empty for
  /// a deleted thread. Does not query the state-db.
  public Optional<ThreadRow> loadedRow(Access access, ThreadId id) {
    return find(id)
        .flatMap(LiveThread::rowIfLoaded)
        .filter(row -> access.sees(row.provenance().owner()));
  }

  /// Whether a thread has only a row: nothing in memory, and no file.
  public boolean isOnlyARow(ThreadRow row) {
    return find(new ThreadId(row.id())).isEmpty() && loader.isNeverWritten(row);
  }

  /// The thread if it is in memory.
  public Optional<LiveThread> find(ThreadId id) {
    return open.find(id);
  }

  /// Whether there is such a thread, and the caller sees it. A deleted thread is there until its
  /// last turn ends.
  public boolean isVisible(Access access, ThreadId id) {
    return find(id)
        .map(LiveThread::owner)
        .or(() -> lookup.ownerOf(id))
        .filter(access::sees)
        .isPresent();
  }

  /// A snapshot of the thread, if it is in memory.
  public Optional<LiveSnapshot> seen(ThreadId id) {
    return find(id).flatMap(LiveThread::seen);
  }

  /// Snapshots of all loaded threads, taken one after the other.
  public Stream<LiveSnapshot> allSeen() {
    return open.all().stream().map(LiveThread::seen).flatMap(Optional::stream);
  }

  /// Creates a thread: its rollout, then its row. It is not visible before it is complete.
  ///
  /// The rollout comes first, so that the row is inserted with its size and needs no update. After
  /// a kill in between, the comparison at the next start inserts the row.
  ///
  /// @param first items after its `session_meta`
  /// @param require throws if the id is taken
  /// @param insert inserts the row, unless there is an older one; if it throws, the rollout is
  ///   removed
  /// @throws PersistenceUnavailable if the thread requires persistence and the write fails
  public void start(
      ThreadRow row, List<RolloutItem> first, Runnable require, Predicate<ThreadRow> insert) {
    makeRoom();
    open.add(
        new ThreadId(row.id()),
        require,
        () -> {
          var thread = loader.fresh(row);
          thread.create(first, insert);
          return thread;
        });
  }

  /// Loads a thread whose rows and rollout an action creates. It cannot be opened before that.
  ///
  /// @param make throws if the id is taken
  public void adopt(ThreadId id, Runnable make) {
    makeRoom();
    open.add(
        id,
        () -> {},
        () -> {
          make.run();
          return loader.load(Access.ALL, id);
        });
  }

  /// Creates the rows and rollout of a thread without loading it. It cannot be opened before that.
  ///
  /// @param make throws if the id is taken
  public void createUnloaded(ThreadId id, Runnable make) {
    open.holding(id, make);
  }

  /// Writes the row of a thread now, so that lists show a change at once.
  ///
  /// @return false while the state-db does not answer; the row is written later
  public boolean save(LiveThread thread) {
    return rows.save(thread);
  }

  /// Syncs and closes the rollout of a thread: later appends are skipped.
  public void shutDown(Access access, ThreadId id) {
    control(access, id, RolloutRecorder::shutDown, new ThreadClosed(id, How.SHUTDOWN));
  }

  /// Closes the rollout of a thread without a sync: later appends are skipped.
  public void discard(Access access, ThreadId id) {
    control(access, id, RolloutRecorder::discard, new ThreadClosed(id, How.DISCARD));
  }

  /// Deletes a thread. A turn in progress stays in memory until it ends.
  ///
  /// @param action deletes the rollout and the rows; returns false to leave the thread as it is
  /// @return what the action returned
  public boolean delete(Access access, ThreadId id, IoRecovery.Operation<Boolean> action) {
    var thread =
        control(
            access,
            id,
            recorder -> {
              if (action.run()) {
                recorder.threadDeleted();
              }
            },
            new ThreadDeleted(id));
    if (thread.isDeleted()) {
      gaps.deleted(id);
      forgetDeleted(thread);
    }
    return thread.isDeleted();
  }

  /// Unloads a deleted thread if no turn is in progress.
  public void forgetDeleted(LiveThread thread) {
    if (thread.isGone()) {
      open.remove(thread);
    }
  }

  /// Runs an action with the thread saved and its file closed; it is loaded again on demand.
  ///
  /// @throws dev.rollbook.model.RollbookException.TurnInProgress if a turn runs
  public <T, E extends Exception> T exclusively(Access access, ThreadId id, Action<T, E> action)
      throws E {
    return exclusively(access, id, false, action);
  }

  /// Like [#exclusively], but allowed while a turn is in progress, because the action replaces the
  /// history and its turns.
  public <T, E extends Exception> T replacing(Access access, ThreadId id, Action<T, E> action)
      throws E {
    return exclusively(access, id, true, action);
  }

  private <T, E extends Exception> T exclusively(
      Access access, ThreadId id, boolean withinTurn, Action<T, E> action) throws E {
    return with(
        access,
        id,
        thread -> {
          var result = rows.unloadAfter(thread, withinTurn, action);
          unloaded(thread);
          return result;
        });
  }

  @Scheduled(fixedDelay = 1000)
  void unloadIdle() {
    unloadIdle(idleTimeout);
  }

  /// Retries the writes that a full or failing disk did not accept, in random order.
  @Scheduled(fixedDelay = 1000)
  void retry() {
    var waiting =
        open.all().stream()
            .filter(LiveThread::hasPending)
            .collect(Collectors.toCollection(ArrayList::new));
    Collections.shuffle(waiting);
    int failures = 0;
    for (var thread : waiting) {
      failures += thread.retry() ? 0 : 1;
      if (failures == MAX_FAILURES) {
        return;
      }
    }
  }

  private void unloadIdle(Duration timeout) {
    long now = System.nanoTime();
    long usedBefore = now - timeout.toNanos();
    long deletedUsedBefore = now - timeout.multipliedBy(DELETED_IDLE_TIMEOUTS).toNanos();
    var threads = new ArrayList<>(open.all());
    // In random order, so that a few broken rollouts do not keep all others in memory.
    Collections.shuffle(threads);
    int failures = 0;
    for (var thread : threads) {
      if (failures == MAX_FAILURES) {
        return;
      }
      try {
        if (thread.unloadIfIdle(usedBefore, deletedUsedBefore)) {
          unloaded(thread);
          log.debug("unloaded idle thread {}", thread.id());
        }
      } catch (IOException e) {
        log.debug("rollout of idle thread {} cannot be synced, it stays live", thread.id(), e);
        failures++;
      }
    }
  }

  /// A weakly consistent view of the loaded threads.
  Collection<LiveThread> all() {
    return open.all();
  }

  /// Fsyncs and closes all rollouts when the service stops.
  void closeFiles() {
    for (var thread : open.all()) {
      try {
        thread.closeFile();
      } catch (IOException e) {
        log.warn(
            "rollout of thread {} could not be synced to disk: {}",
            thread.id(),
            StorageFaults.shortCause(e));
      }
    }
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("threads.live", this, live -> live.all().size())
        .description("Threads that are loaded in memory")
        .baseUnit("threads")
        .register(registry);
    Gauge.builder("turns.active", this, LiveThreads::activeTurns)
        .description("Turns in progress of threads that are loaded in memory")
        .baseUnit("turns")
        .register(registry);
  }

  private long activeTurns() {
    return allSeen().filter(LiveSnapshot::hasTurn).count();
  }

  private LiveThread open(Access access, ThreadId id) {
    var thread = open.find(id);
    if (thread.isPresent() && !thread.get().isGone()) {
      return visible(access, thread.get());
    }
    makeRoom();
    lookup.followFile(id);
    return visible(
        access, open.open(id, () -> loader.require(access, id), () -> loader.load(access, id)));
  }

  private static LiveThread visible(Access access, LiveThread thread) {
    if (!access.sees(thread.owner())) {
      throw new ThreadNotFound(thread.id());
    }
    return thread;
  }

  private void makeRoom() {
    limits.makeRoom(open.all(), this::unloaded);
  }

  /// Removes a thread that was unloaded.
  void unloaded(LiveThread thread) {
    open.remove(thread);
    gaps.forget(thread.id());
  }

  private LiveThread control(
      Access access, ThreadId id, RolloutRecorder.Control action, Event event) {
    return with(
        access,
        id,
        thread -> {
          try {
            thread.control(action, event);
            return thread;
          } catch (IOException e) {
            throw StorageFaults.unavailable(id, e);
          }
        });
  }
}
