package dev.rollbook.live;

import dev.rollbook.event.Event;
import dev.rollbook.event.Event.ThreadResumed;
import dev.rollbook.live.AppendPath.Origin;
import dev.rollbook.live.GroupCommit.Place;
import dev.rollbook.live.GroupPath.Wanted;
import dev.rollbook.lock.OpenThreads;
import dev.rollbook.model.AppendOutcome;
import dev.rollbook.model.GapId;
import dev.rollbook.model.Ordinals;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.projection.TurnEnd;
import dev.rollbook.rollout.RolloutContent;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.TurnRow;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A thread held in memory for appends, and the lock that gives ordinals, lines and gaps one order.
public final class LiveThread implements OpenThreads.Open {
  private static final Logger log = LoggerFactory.getLogger(LiveThread.class);

  private final LiveServices services;
  private final Recorder recorder;
  private final LiveState state;
  private final LiveRows rows;
  private final AppendPath path;
  private final TurnPath turns;
  private final Intake intake;
  private final GroupPath groups;
  private final GroupCommit<Wanted, Optional<AppendOutcome>> appends =
      new GroupCommit<>(this::append);
  private final Residence<LiveSnapshot> residence;
  private final ReentrantLock describing = new ReentrantLock();
  private volatile boolean over;
  private final Footprint footprint;

  LiveThread(
      ThreadRow row, @Nullable TurnRow turnInProgress, Recorder recorder, LiveServices services) {
    this.services = services;
    this.recorder = recorder;
    this.state = new LiveState(row, turnInProgress, services.rows().outages());
    this.residence = new Residence<>(() -> state.snapshot(recorder));
    this.path = new AppendPath(state, recorder, residence, services);
    this.rows = new LiveRows(row, state, recorder, residence);
    this.turns = new TurnPath(state, recorder, path, services.events(), services.clock());
    this.groups = new GroupPath(state, path, services.gate());
    this.intake = new Intake(state, recorder, path, services);
    this.footprint = new Footprint(state, recorder, path, residence);
  }

  @Override
  public ThreadId id() {
    return state.id();
  }

  /// Writes items at the end; empty if the turn is not the one in progress. Those that come while
  /// others are written wait, and are written together.
  public Optional<AppendOutcome> append(Append append) {
    return appends.submit(new Wanted(append, services.gate().arrivedBeforeStop()), append.bytes());
  }

  private void append(Supplier<List<Place<Wanted, Optional<AppendOutcome>>>> waiting) {
    residence.run(() -> {
      var group = waiting.get();
      return groups.write(group) ? changing(group) : group;
    });
  }

  /// Takes in lines that another program wrote of the thread, in their order.
  ///
  /// @throws RollbookException if they cannot be written; then none of them is
  public LiveThread take(List<ForeignLine> lines) {
    return residence.run(() -> {
      intake.take(lines);
      return changing(this);
    });
  }

  /// Writes what Rollbook has to say of the thread itself, archived or not.
  ///
  /// @param occasion told to those who follow the thread, just before the items
  public AppendOutcome note(List<RolloutItem> items, @Nullable Event occasion) {
    return residence.run(() -> changing(path.write(items, null, Origin.NOTE, occasion)));
  }

  /// Runs what reads the thread's description and changes it by [#note], one caller after the
  /// other; appends go on beside it.
  public <T> T describing(Supplier<T> action) {
    describing.lock();
    try {
      return action.get();
    } finally {
      describing.unlock();
    }
  }

  /// Puts items that a client kept into the gap that they left.
  ///
  /// @throws RollbookException that says what is in the way
  public Ordinals repair(GapId gap, List<RolloutItem> items) {
    return new GapRepair(state, recorder, path, services)
        .fill(gap, items, attempt -> () -> residence.run(() -> changing(attempt.get())));
  }

  public boolean hasPending() {
    return !path.pending().isDone();
  }

  /// Writes what is pending, if that works by now.
  ///
  /// @return false if the disk does not take it
  boolean catchUp() {
    return residence.run(() -> {
      var refusal = path.pending().run();
      noteChanges();
      return refusal.isEmpty() || !refusal.get().reason().isStorageFault();
    });
  }

  /// Starts a turn: its frame and its input are the first items of it.
  ///
  /// @param insert is given the row before anything is written, and throws if it cannot take it
  public TurnRow begin(
      TurnId turn, @Nullable RawJson metadata, List<RolloutItem> input, Consumer<TurnRow> insert) {
    return residence.run(() -> {
      state.requireNotArchived();
      state.requireNoTurn();
      return changing(turns.begin(turn, metadata, input, insert));
    });
  }

  /// Ends a turn, in its rollout too unless others began it; empty if it is not in progress.
  public Optional<TurnRow> end(TurnId turn, TurnEnd end, boolean written) {
    return residence.run(() -> changing(turns.end(turn, end, written)));
  }

  /// The thread as it is now, without waiting for its disk; empty if it is not in memory.
  public Optional<LiveSnapshot> seen() {
    return residence.view();
  }

  /// What its rows are, and are to be.
  LiveRows rows() {
    return rows;
  }

  /// The rollout as far as it is whole; empty where there is none, or the thread is not in memory.
  public Optional<RolloutContent> contentIfLoaded() throws IOException {
    try {
      return residence.run(() -> services.rollouts().content(rollout(), recorder.bytes()));
    } catch (Residence.Unloaded meanwhile) {
      return Optional.empty();
    }
  }

  /// Opens the recorder again after a shutdown or discard.
  public void resume() {
    residence.run(() -> {
      recorder.reopen();
      state.changed();
      services.events().publish(new ThreadResumed(id()), services.clock().instant());
      return changing(this);
    });
  }

  /// Makes the rollout of a new thread, with the items that its history begins with.
  void create(List<RolloutItem> first) {
    residence.run(() -> {
      path.create(first);
      return changing(this);
    });
  }

  /// Follows the thread: whatever gets the next ordinal or one after it comes as an event.
  ///
  /// @throws RollbookException if the thread was deleted, though a turn of it may still run
  public Following follow() {
    return residence.run(() -> {
      recorder.requireThread();
      return new Following(services.events().subscribe(id()), state.nextOrdinal());
    });
  }

  /// Closes or rests the recorder, with no append beside it.
  ///
  /// @param told to those who follow the thread, if it makes a difference
  void control(Recorder.Control action, Event told) throws IOException {
    residence.run(() -> {
      var removedBefore = recorder.removedFor();
      try {
        action.apply(recorder);
      } finally {
        if (recorder.removedFor() != removedBefore) {
          services.events().publish(told, services.clock().instant());
        }
      }
      state.changed();
      return changing(this);
    });
  }

  /// Writes what is pending, forces and closes the file; the next append opens it again.
  void rest() throws IOException {
    residence.run(() -> {
      path.pending().run();
      recorder.rest();
      state.changed();
      return changing(this);
    });
  }

  /// Runs an action that needs the thread to itself; afterwards this object is no longer the
  /// thread.
  ///
  /// @param save brings the state-db up to the thread
  <T> T unloadAfter(boolean withinTurn, Runnable save, Supplier<T> action) throws IOException {
    return residence.run(() -> {
      if (!withinTurn) {
        state.requireNoTurn();
      }
      path.pending().giveUp();
      if (!isSaved()) {
        save.run();
      }
      recorder.rest();
      var result = action.get();
      residence.unload();
      return result;
    });
  }

  /// Unloads the thread if it was not used since and the state-db knows all of it.
  ///
  /// @param deletedUsedBefore the same for a turn that outlives its thread, and is known only here
  boolean unloadIfIdle(long usedBefore, long deletedUsedBefore) throws IOException {
    return residence.run(() -> {
      boolean onlyHere = recorder.isThreadDeleted() && state.active() != null;
      long before = onlyHere ? deletedUsedBefore : usedBefore;
      if (footprint.lastUsed() - before >= 0 || !path.pending().givesUp() || !isSaved()) {
        noteChanges();
        return false;
      }
      recorder.rest();
      residence.unload();
      if (onlyHere) {
        services.events().close(id());
      }
      return true;
    });
  }

  /// Runs an action that changes nothing of what is in memory, with nothing else beside it.
  public <T> T whileStill(Supplier<T> action) {
    return residence.run(action::get);
  }

  @Override
  public <T> Optional<T> ifLoaded(Supplier<T> action) {
    try {
      return Optional.of(whileStill(action));
    } catch (Residence.Unloaded meanwhile) {
      log.debug("thread {} was unloaded meanwhile", id(), meanwhile);
      return Optional.empty();
    }
  }

  /// What it takes of the memory.
  Footprint footprint() {
    return footprint;
  }

  /// Unloaded, or deleted with no turn that needs it.
  @Override
  public boolean isGone() {
    return residence.isLeft() || over;
  }

  /// The state-db had lost the thread and has it again, as its rollout tells it.
  void restored(int outages) {
    residence.note(() -> {
      state.restored(outages);
      changing(this);
    });
  }

  RolloutRef rollout() {
    return recorder.rollout();
  }

  private <T> T changing(T result) {
    footprint.used();
    if (recorder.isThreadDeleted()) {
      path.pending().drop();
      over = state.active() == null;
      if (over) {
        services.events().close(id());
      }
    } else {
      services.rows().changed(this);
    }
    return result;
  }

  /// What happens by itself does not count as use.
  private void noteChanges() {
    if (!isSaved()) {
      services.rows().changed(this);
    }
  }

  private boolean isSaved() {
    return state.isSaved() || recorder.isThreadDeleted();
  }
}
