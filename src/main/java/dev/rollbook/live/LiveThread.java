package dev.rollbook.live;

import dev.rollbook.access.Owner;
import dev.rollbook.event.Event;
import dev.rollbook.event.Event.ThreadResumed;
import dev.rollbook.event.Subscription;
import dev.rollbook.live.Appender.Author;
import dev.rollbook.live.Appender.Request;
import dev.rollbook.lock.GroupCommit;
import dev.rollbook.lock.GroupCommit.Entry;
import dev.rollbook.lock.LoadedThreadRegistry;
import dev.rollbook.lock.ThreadLocks.Action;
import dev.rollbook.model.AppendOutcome;
import dev.rollbook.model.GapId;
import dev.rollbook.model.Ordinals;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.projection.TurnResult;
import dev.rollbook.rollout.RolloutContent;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.rollout.line.ForeignLine;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.TurnRow;
import dev.rollbook.text.RawJson;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A thread loaded in memory for appends and subscriptions. Because of its lock, ordinals, lines,
/// gaps and events are in the same order.
public final class LiveThread implements LoadedThreadRegistry.LoadedThread {
  private static final Logger log = LoggerFactory.getLogger(LiveThread.class);

  private final LiveServices services;
  private final ThreadRow origin;
  private final RolloutRecorder recorder;
  private final LiveState state;
  private final LiveThreadLock<LiveSnapshot> monitor;
  private final LossAccounting losses;
  private final RetryQueue queue;
  private final RecentItemIds ids;
  private final Appender appender;
  private final TurnLifecycle turns;
  private final ForeignAppender foreign;
  private final GroupCommit<Request, Optional<AppendOutcome>> appends =
      new GroupCommit<>(this::append);
  private final ReentrantLock describing = new ReentrantLock();
  private volatile boolean over;
  private volatile boolean lost;
  private volatile long lastUsed = System.nanoTime();

  /// @param origin row that the thread was loaded from
  LiveThread(
      ThreadRow origin,
      @Nullable TurnRow turnInProgress,
      RolloutRecorder recorder,
      LiveServices services) {
    this.services = services;
    this.origin = origin;
    this.recorder = recorder;
    this.state = new LiveState(origin, turnInProgress, services.rows().outages());
    this.monitor = new LiveThreadLock<>(() -> state.snapshot(recorder));
    this.queue = new RetryQueue(state, recorder, services);
    this.losses = new LossAccounting(state, recorder, queue, services);
    recorder.onLoss(losses);
    this.ids = new RecentItemIds(recorder, queue, services);
    this.appender = new Appender(state, recorder, monitor, queue, ids, services);
    this.turns = new TurnLifecycle(state, recorder, appender, services.events(), services.clock());
    this.foreign = new ForeignAppender(state, recorder, queue, ids, services);
  }

  /// Events of a thread from an ordinal on.
  ///
  /// @param nextOrdinal lowest ordinal that an event of the subscription has
  public record LiveSubscription(Subscription subscription, long nextOrdinal) {}

  @Override
  public ThreadId id() {
    return state.id();
  }

  /// Appends items. Appends that arrive during a write are queued and written together.
  ///
  /// @param turn that the items belong to; null for none
  /// @param expectedOrdinal of the first item; null for any
  /// @return empty if the turn is not the one in progress
  public Optional<AppendOutcome> append(
      List<RolloutItem> items, @Nullable TurnId turn, @Nullable Long expectedOrdinal) {
    var request = new Request(items, turn, expectedOrdinal, services.gate().arrivedBeforeStop());
    return appends.submit(request, request.bytes());
  }

  private void append(Supplier<List<Entry<Request, Optional<AppendOutcome>>>> waiting) {
    monitor.run(() -> {
      var group = waiting.get();
      return appender.writeGroup(group) ? used(group) : group;
    });
  }

  /// Appends lines that another program wrote for the thread, in their order.
  ///
  /// @throws RollbookException if they cannot be written; then none of them is
  public LiveThread appendForeign(List<ForeignLine> lines) {
    return monitor.run(() -> {
      foreign.append(lines);
      return used(this);
    });
  }

  /// Writes a note of Rollbook on the thread itself, archived or not.
  ///
  /// @param trigger event published before those of the items, or null
  public AppendOutcome note(List<RolloutItem> items, @Nullable Event trigger) {
    return monitor.run(() -> used(appender.write(items, null, Author.NOTE, trigger)));
  }

  /// Runs an action that reads the thread's description and changes it by [#note]. One caller at a
  /// time; appends are not blocked.
  public <T> T describing(Supplier<T> action) {
    describing.lock();
    try {
      return action.get();
    } finally {
      describing.unlock();
    }
  }

  /// Repairs a gap: inserts skipped items that a client has sent again.
  ///
  /// @throws RollbookException that names the obstacle
  public Ordinals repair(GapId gap, List<RolloutItem> items) {
    return new GapRepair(state, recorder, queue, losses, ids, services)
        .fill(gap, items, attempt -> () -> monitor.run(() -> used(attempt.get())));
  }

  public boolean hasPending() {
    return !queue.isEmpty();
  }

  /// Retries the write of the queued items.
  ///
  /// @return false if the disk does not accept them
  boolean retry() {
    return monitor
        .ifLoaded(() -> {
          var refusal = queue.flushIfCurrent();
          changed();
          return refusal.isEmpty() || !refusal.get().reason().isStorageFault();
        })
        .orElse(true);
  }

  /// Records persisted items that the storage has lost. Does nothing if the rollout is a local
  /// file.
  ///
  /// @throws IOException if the storage does not answer
  void findLoss() throws IOException {
    monitor.ifLoaded(() -> {
      losses.find();
      changed();
      return true;
    });
  }

  /// Starts a turn: its marker and its input are its first items.
  ///
  /// @param insert inserts the row before anything is written; throws to cancel the turn, and
  ///   returns false if another replica has taken over the thread
  /// @param remove removes the row again if nothing was written
  public TurnRow begin(
      TurnId turn,
      @Nullable RawJson metadata,
      List<RolloutItem> input,
      Predicate<TurnRow> insert,
      Consumer<TurnRow> remove) {
    return monitor.run(() -> {
      state.requireNotArchived();
      state.requireNoTurn();
      return used(turns.begin(turn, metadata, input, insert, remove));
    });
  }

  /// Ends a turn; empty if it is not in progress.
  ///
  /// @param written whether the end is also written to the rollout; false for a turn that another
  ///   program began
  public Optional<TurnRow> end(TurnId turn, TurnResult end, boolean written) {
    return monitor.run(() -> used(turns.end(turn, end, written)));
  }

  /// A snapshot of the thread, without waiting for I/O; empty if the thread was unloaded.
  public Optional<LiveSnapshot> seen() {
    return monitor.snapshot();
  }

  /// The row in the state-db, or the one to be restored there; empty for a deleted thread.
  Optional<ThreadRow> rowIfLoaded() {
    return seen()
        .filter(snapshot -> !recorder.isThreadDeleted())
        .map(snapshot -> origin.with(snapshot.progress()));
  }

  public Owner owner() {
    return origin.provenance().owner();
  }

  /// The row that the thread was loaded from.
  ThreadRow origin() {
    return origin;
  }

  /// Adds the number of gaps that were found in the rollout.
  void openGaps(int count) {
    monitor.defer(() -> state.openGaps(count));
  }

  /// Marks the content of the snapshot as saved in the state-db.
  void saved(LiveSnapshot snapshot, int outages) {
    monitor.defer(() -> state.saved(snapshot, outages));
  }

  /// The whole lines of the rollout; empty if there is none, or the thread was unloaded.
  public Optional<RolloutContent> contentIfLoaded() throws IOException {
    return monitor
        .ifLoaded(() -> services.rollouts().content(rollout(), recorder.bytes()))
        .flatMap(content -> content);
  }

  /// Those of some lines, in ascending order, that are not in the rollout byte for byte.
  List<RolloutLine> missing(List<RolloutLine> lines) {
    var missing = new LinkedHashMap<Long, RolloutLine>();
    lines.forEach(line -> missing.put(line.ordinal(), line));
    return monitor.run(() -> {
      try {
        services
            .rollouts()
            .forEach(
                rollout(),
                recorder.orderedBytes(),
                new OrdinalRange(lines.getFirst().ordinal(), lines.getLast().ordinal()),
                stored ->
                    missing.computeIfPresent(
                        stored.ordinal(),
                        (ordinal, line) -> line.bytes().sameBytes(stored.bytes()) ? null : line));
        return List.copyOf(missing.values());
      } catch (IOException e) {
        throw StorageFaults.unavailable(id(), e);
      }
    });
  }

  /// Opens the recorder again after a shutdown or discard.
  public LiveThread resume() {
    return monitor.run(() -> {
      recorder.reopen();
      state.changed();
      services.events().publish(owner(), new ThreadResumed(id()), services.clock().instant());
      return used(this);
    });
  }

  /// Creates the rollout of a new thread and then its row, and appends the first items.
  ///
  /// @param insert returns false if there is an older row, which is updated later
  void create(List<RolloutItem> first, Predicate<ThreadRow> insert) {
    monitor.run(() -> {
      try {
        appender.createFile();
        if (insert.test(origin.with(state.progress(recorder)))) {
          state.inserted();
        }
      } catch (RuntimeException e) {
        appender.removeFile();
        throw e;
      }
      appender.writeFirst(first);
      changed();
      return this;
    });
  }

  /// Subscribes to the events from the next ordinal on.
  ///
  /// @throws RollbookException if the thread was deleted, though a turn of it may still run
  public LiveSubscription follow() {
    return monitor.run(() -> {
      recorder.requireThread();
      return new LiveSubscription(services.events().subscribe(id()), state.nextOrdinal());
    });
  }

  /// Closes or discards the recorder.
  ///
  /// @param event published if that changes the state of the recorder
  void control(RolloutRecorder.Control action, Event event) throws IOException {
    monitor.run(() -> {
      var removedBefore = recorder.removedFor();
      try {
        action.apply(recorder);
      } finally {
        if (recorder.removedFor() != removedBefore) {
          services.events().publish(owner(), event, services.clock().instant());
        }
      }
      state.changed();
      return used(this);
    });
  }

  /// Writes the queued items, fsyncs and closes the file; the next append opens it again.
  void closeFile() throws IOException {
    monitor.ifLoaded(() -> {
      queue.flushIfCurrent();
      recorder.closeFile();
      state.changed();
      return used(this);
    });
  }

  /// Runs an action with the thread saved and its file closed, then unloads the thread.
  ///
  /// @param save writes the rows of the thread
  <T, E extends Exception> T unloadAfter(boolean withinTurn, Runnable save, Action<T, E> action)
      throws E {
    return monitor.run(() -> {
      if (!withinTurn) {
        state.requireNoTurn();
      }
      queue.requireFlushed();
      try {
        losses.find();
        if (!isSaved()) {
          save.run();
        }
        recorder.closeFile();
      } catch (IOException e) {
        throw StorageFaults.unavailable(id(), e);
      }
      var result = action.run();
      monitor.unload();
      return result;
    });
  }

  /// Unloads the thread if it was not used since and the state-db has all of it.
  ///
  /// @param deletedUsedBefore the same for a deleted thread with a turn in progress, whose state
  ///   exists only in memory
  boolean unloadIfIdle(long usedBefore, long deletedUsedBefore) throws IOException {
    return monitor
        .ifLoaded(() -> {
          boolean onlyHere = recorder.isThreadDeleted() && state.active() != null;
          long before = onlyHere ? deletedUsedBefore : usedBefore;
          if (lastUsed - before >= 0 || !queue.flushOrDrop() || !isSavedWithLosses()) {
            changed();
            return false;
          }
          recorder.closeFile();
          monitor.unload();
          if (onlyHere) {
            services.events().close(id());
          }
          return true;
        })
        .orElse(false);
  }

  /// Unloads the thread for another replica, also within a turn, which goes on there. Subscribers
  /// look for the thread again.
  ///
  /// @return false if the thread stays, because a part of it cannot be saved now, or is only in
  ///   memory
  boolean handOver() throws IOException {
    return monitor
        .ifLoaded(() -> {
          if (recorder.isThreadDeleted() || !queue.flushOrDrop() || !isSavedWithLosses()) {
            changed();
            return false;
          }
          recorder.closeFile();
          monitor.unload();
          services.events().close(id());
          return true;
        })
        .orElse(true);
  }

  /// Runs an action with the thread lock held. It must not change the state in memory.
  public <T, E extends Exception> T withThreadLocked(Action<T, E> action) throws E {
    return monitor.run(action);
  }

  @Override
  public <T, E extends Exception> Optional<T> ifLoaded(Action<T, E> action) throws E {
    return monitor.ifLoaded(action);
  }

  /// Evicts the thread, even with a turn in progress, if its lock is free and all of its state is
  /// saved. The file is closed without fsync, which the periodic sync of all files does.
  boolean evict() throws IOException {
    return monitor
        .tryRun(() -> {
          if (recorder.isThreadDeleted() || !queue.isEmpty() || !isSavedWithLosses()) {
            changed();
            return false;
          }
          recorder.releaseFile();
          monitor.unload();
          return true;
        })
        .orElse(false);
  }

  /// Evicts the ids of items if the lock is free: they are read from the rollout again.
  ///
  /// @return bytes evicted
  long evictIds() {
    long before = ids.bytes();
    if (before > 0) {
      monitor.tryRun(() -> {
        ids.evict();
        return true;
      });
    }
    return before - ids.bytes();
  }

  /// Memory for the ids of items. Needs no lock.
  long bytesOfIds() {
    return ids.bytes();
  }

  /// [System#nanoTime] of the last use.
  long lastUsed() {
    return lastUsed;
  }

  /// Unloaded, or about to be, or deleted with no turn that needs it.
  @Override
  public boolean isGone() {
    return monitor.isUnloaded() || over || lost;
  }

  /// Called after the state-db had lost the thread and its rows were rebuilt from the rollout.
  void restored(int outages) {
    monitor.defer(() -> {
      state.restored(outages);
      used(this);
    });
  }

  /// Nothing more is written, neither gaps nor items that wait for a retry: those are handed over
  /// to the new owner. Subscribers look for the thread again.
  @Override
  public void lost(Runnable unloaded) {
    lost = true;
    monitor.deferUntilReleased(() -> {
      monitor.unload();
      queue.handOver();
      services.gaps().lost(id());
      try {
        recorder.releaseFile();
      } catch (IOException e) {
        log.debug("rollout of thread {} cannot be closed", id(), e);
      }
      services.events().close(id());
      unloaded.run();
    });
  }

  @Override
  public void awaitUnused() {
    monitor.awaitUnused();
  }

  boolean isDeleted() {
    return recorder.isThreadDeleted();
  }

  RolloutRef rollout() {
    return recorder.rollout();
  }

  private <T> T used(T result) {
    lastUsed = System.nanoTime();
    if (recorder.isThreadDeleted()) {
      queue.drop();
      over = state.active() == null;
      if (over) {
        services.events().close(id());
      }
    } else {
      services.rows().changed(this);
    }
    return result;
  }

  /// Schedules the row flush; a change by Rollbook itself does not count as use.
  private void changed() {
    if (!isSaved()) {
      services.rows().changed(this);
    }
  }

  /// A loss must be in the rows before the thread is unloaded: once it is loaded again, it is as
  /// short as its rollout.
  private boolean isSavedWithLosses() throws IOException {
    if (isSaved()) {
      losses.find();
    }
    return isSaved();
  }

  private boolean isSaved() {
    return state.isSaved() || recorder.isThreadDeleted();
  }
}
