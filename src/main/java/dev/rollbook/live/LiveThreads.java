package dev.rollbook.live;

import dev.rollbook.event.Event;
import dev.rollbook.event.Event.ThreadClosed;
import dev.rollbook.event.Event.ThreadClosed.How;
import dev.rollbook.event.Event.ThreadDeleted;
import dev.rollbook.live.ThreadMonitor.StaleThreadException;
import dev.rollbook.lock.OpenThreads;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.persistence.Gaps;
import dev.rollbook.reconcile.ThreadLookup;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.ThreadRow;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Threads loaded in memory: one object each, loaded on demand, unloaded when idle.
@Component
public class LiveThreads implements MeterBinder {
  private static final Logger log = LoggerFactory.getLogger(LiveThreads.class);

  /// A turn of a deleted thread is known in memory only: it stays for so many idle timeouts.
  private static final int DELETED_IDLE_TIMEOUTS = 48;

  private final OpenThreads<LiveThread> open;
  private final ThreadLookup lookup;
  private final LiveThreadLoader loader;
  private final RowFlusher rows;
  private final Gaps gaps;
  private final LiveThreadLimits limits;
  private final Duration idleTimeout;

  LiveThreads(
      OpenThreads<LiveThread> open,
      ThreadLookup lookup,
      LiveThreadLoader loader,
      RowFlusher rows,
      Gaps gaps,
      LiveThreadLimits limits,
      LiveProperties properties) {
    this.open = open;
    this.limits = limits;
    this.idleTimeout = properties.idleTimeout();
    this.lookup = lookup;
    this.loader = loader;
    this.rows = rows;
    this.gaps = gaps;
  }

  /// Runs an action on a thread, which is opened from the state-db if it is not in memory.
  ///
  /// @throws ThreadNotFound if there is none
  public <T> T with(ThreadId id, Function<LiveThread, T> action) {
    while (true) {
      limits.evictIds(open.all());
      try {
        return action.apply(open(id));
      } catch (StaleThreadException e) {
        log.debug("thread {} was unloaded meanwhile, looking it up again", id, e);
      }
    }
  }

  /// Runs an action that nobody can open the thread during.
  ///
  /// @return false if the thread is in memory; then nothing was done
  public boolean whileUnloaded(ThreadId id, Runnable action) {
    return open.whileUnloaded(id, action);
  }

  /// The row of a thread; where the state-db lost it a moment ago, the one that it is to have
  /// again.
  public Optional<ThreadRow> row(ThreadId id) {
    lookup.followFile(id);
    return lookup.find(id).or(() -> find(id).flatMap(LiveThread::rowIfLoaded));
  }

  /// Whether there is no more of a thread than its row: nothing in memory, and no file.
  public boolean isOnlyARow(ThreadRow row) {
    return find(new ThreadId(row.id())).isEmpty() && loader.isNeverWritten(row);
  }

  /// The thread if it is in memory.
  public Optional<LiveThread> find(ThreadId id) {
    return open.find(id);
  }

  /// The thread as it is now, if it is in memory.
  public Optional<LiveSnapshot> seen(ThreadId id) {
    return find(id).flatMap(LiveThread::seen);
  }

  /// All threads that are in memory, each as it is when it is looked at.
  public Stream<LiveSnapshot> allSeen() {
    return open.all().stream().map(LiveThread::seen).flatMap(Optional::stream);
  }

  /// Makes a thread: nobody sees it before it is whole.
  ///
  /// @param first items that its history begins with, after its `session_meta`
  /// @param insert writes the row, and throws if the id is taken
  /// @throws PersistenceUnavailable if the thread insists on its history and it cannot be written
  public void start(ThreadRow row, List<RolloutItem> first, Runnable insert) {
    makeRoom();
    open.add(
        new ThreadId(row.id()),
        () -> {
          insert.run();
          var thread = loader.fresh(row);
          thread.create(first);
          return thread;
        });
  }

  /// Opens a thread whose rows and rollout an action makes: nobody opens it before it is whole.
  ///
  /// @param make throws if the id is taken
  public void adopt(ThreadId id, Runnable make) {
    makeRoom();
    open.add(
        id,
        () -> {
          make.run();
          return loader.load(id);
        });
  }

  /// Makes a thread's rows and rollout without opening it: nobody opens it before it is whole.
  ///
  /// @param make throws if the id is taken
  public void found(ThreadId id, Runnable make) {
    open.holding(id, make);
  }

  /// Brings the row of a thread up to it, so that lists show a change at once.
  ///
  /// @return false while the state-db does not answer; the row catches up later
  public boolean save(LiveThread thread) {
    return rows.save(thread);
  }

  /// Closes a thread's recorder, the rollout being forced to disk first: appends are skipped from
  /// now on.
  public void shutDown(ThreadId id) {
    control(id, Recorder::shutDown, new ThreadClosed(id, How.SHUTDOWN));
  }

  /// Closes a thread's recorder as it is: appends are skipped from now on.
  public void discard(ThreadId id) {
    control(id, Recorder::discard, new ThreadClosed(id, How.DISCARD));
  }

  /// Runs an action that deletes a thread for good. A turn of it lives on until it ends.
  ///
  /// @return whether the action did
  public boolean delete(ThreadId id, Deletion action) {
    var deleted = new AtomicBoolean();
    control(
        id,
        recorder -> {
          deleted.set(action.run());
          if (deleted.get()) {
            recorder.threadDeleted();
          }
        },
        new ThreadDeleted(id));
    if (deleted.get()) {
      gaps.deleted(id);
      find(id).ifPresent(this::forgetDeleted);
    }
    return deleted.get();
  }

  /// Removes what a thread has outside of memory.
  public interface Deletion {
    /// @return false to leave the thread as it is
    boolean run() throws IOException;
  }

  /// Drops a deleted thread from memory once no turn needs it.
  public void forgetDeleted(LiveThread thread) {
    if (thread.isGone()) {
      open.remove(thread);
    }
  }

  /// Runs an action while nobody else writes the thread; afterwards it is opened anew.
  ///
  /// @throws dev.rollbook.model.RollbookException.TurnInProgress if a turn runs
  public <T> T exclusively(ThreadId id, Supplier<T> action) {
    return exclusively(id, false, action);
  }

  /// The same with an action that makes another history of the thread, and so other turns: also
  /// while a turn runs.
  public <T> T replacing(ThreadId id, Supplier<T> action) {
    return exclusively(id, true, action);
  }

  private <T> T exclusively(ThreadId id, boolean withinTurn, Supplier<T> action) {
    return with(
        id,
        thread -> {
          var result = unloadAfter(thread, withinTurn, action);
          unloaded(thread);
          return result;
        });
  }

  @Scheduled(fixedDelay = 1000)
  void unloadIdle() {
    unloadIdle(idleTimeout);
  }

  private void unloadIdle(Duration timeout) {
    long now = System.nanoTime();
    long usedBefore = now - timeout.toNanos();
    long deletedUsedBefore = now - timeout.multipliedBy(DELETED_IDLE_TIMEOUTS).toNanos();
    for (var thread : open.all()) {
      try {
        if (thread.unloadIfIdle(usedBefore, deletedUsedBefore)) {
          unloaded(thread);
          log.debug("unloaded idle thread {}", thread.id());
        }
      } catch (IOException failed) {
        log.debug("rollout of idle thread {} cannot be synced, it stays live", thread.id(), failed);
      } catch (StaleThreadException e) {
        log.debug("thread {} was unloaded meanwhile", thread.id(), e);
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
      } catch (IOException failed) {
        log.warn(
            "rollout of thread {} could not be synced to disk: {}",
            thread.id(),
            StorageFaults.shortCause(failed));
      } catch (StaleThreadException e) {
        log.debug("thread {} was unloaded meanwhile", thread.id(), e);
      }
    }
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("threads.live", this, live -> live.all().size())
        .description("Threads that are held in memory")
        .baseUnit("threads")
        .register(registry);
    Gauge.builder("turns.active", this, LiveThreads::activeTurns)
        .description("Turns in progress of threads that are held in memory")
        .baseUnit("turns")
        .register(registry);
  }

  private long activeTurns() {
    return allSeen().filter(LiveSnapshot::hasTurn).count();
  }

  private LiveThread open(ThreadId id) {
    var thread = open.find(id);
    if (thread.isPresent() && !thread.get().isGone()) {
      return thread.get();
    }
    makeRoom();
    lookup.followFile(id);
    return open.open(id, () -> loader.load(id));
  }

  private void makeRoom() {
    limits.makeRoom(open.all(), this::unloaded);
  }

  private void unloaded(LiveThread thread) {
    open.remove(thread);
    gaps.forget(thread.id());
  }

  private void control(ThreadId id, Recorder.Control action, Event told) {
    with(
        id,
        thread -> {
          try {
            thread.control(action, told);
            return thread;
          } catch (IOException failed) {
            throw StorageFaults.unavailable(id, failed);
          }
        });
  }

  private <T> T unloadAfter(LiveThread thread, boolean withinTurn, Supplier<T> action) {
    try {
      return rows.unloadAfter(thread, withinTurn, action);
    } catch (IOException failed) {
      throw StorageFaults.unavailable(thread.id(), failed);
    }
  }
}
