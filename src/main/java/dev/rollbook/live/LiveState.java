package dev.rollbook.live;

import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.RollbookException.ThreadArchived;
import dev.rollbook.model.RollbookException.TurnInProgress;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadNotes;
import dev.rollbook.model.Timestamps;
import dev.rollbook.model.TurnId;
import dev.rollbook.projection.AgentStream;
import dev.rollbook.projection.Preview;
import dev.rollbook.projection.ThreadEvents;
import dev.rollbook.projection.ThreadFacts;
import dev.rollbook.projection.TurnEnd;
import dev.rollbook.projection.Usage;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.ThreadProgress;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.TurnRow;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Counts and turns of a live thread: what its rows will say once they catch up. Guarded by the
/// thread.
final class LiveState {
  private final ThreadId id;
  private final PersistencePolicy policy;
  private final boolean archived;
  private final UnsavedTurns unsavedTurns = new UnsavedTurns();
  private @Nullable LiveTurn active;
  private Preview preview;
  private Instant updatedAt;
  private int turnCount;
  private long itemCount;
  private long nextOrdinal;
  private int openGaps;
  private @Nullable UUID lastGap;
  private long lastGapEnd;
  private final AtomicLong repairs = new AtomicLong();
  private long changes;
  private long savedChanges;
  private int savedIn;
  private Usage usage;
  private @Nullable String usageText;
  private @Nullable String inheritedUsage;
  private @Nullable Long inheritedThrough;
  private @Nullable String model;
  private ThreadNotes notes = ThreadNotes.NONE;
  private ThreadNotes savedNotes = ThreadNotes.NONE;

  /// @param outages of the state-db so far
  LiveState(ThreadRow row, @Nullable TurnRow turnInProgress, int outages) {
    this.savedIn = outages;
    this.id = new ThreadId(row.id());
    this.policy = PersistencePolicy.parse(row.persistence());
    this.archived = row.archivedAt() != null;
    this.active = turnInProgress == null ? null : new LiveTurn(turnInProgress);
    this.preview = Preview.of(row.preview());
    this.updatedAt = row.updatedAt();
    this.turnCount = row.turnCount();
    this.itemCount = row.itemCount();
    this.nextOrdinal = row.nextOrdinal();
    this.openGaps = row.openGaps();
    this.usage = Usage.of(row.ownUsage());
    this.usageText = usage.json();
    this.inheritedUsage = row.inheritedUsage();
    this.inheritedThrough = row.inheritedThrough();
    this.model = row.model();
  }

  ThreadId id() {
    return id;
  }

  boolean requiresPersistence() {
    return policy == PersistencePolicy.REQUIRED;
  }

  void requireNotArchived() {
    if (archived) {
      throw new ThreadArchived(id);
    }
  }

  void requireNoTurn() {
    if (active != null) {
      throw new TurnInProgress(id, active.id());
    }
  }

  long nextOrdinal() {
    return nextOrdinal;
  }

  /// The last ordinal that the thread has from its parent; -1 for none.
  long inheritedThrough() {
    return inheritedThrough == null ? RolloutLine.NO_ORDINAL : inheritedThrough;
  }

  @Nullable LiveTurn active() {
    return active;
  }

  boolean isActive(TurnId turn) {
    return active != null && active.is(turn);
  }

  void begin(LiveTurn turn) {
    active = turn;
    turnCount++;
  }

  /// As if the turn had never begun.
  void undoBegin() {
    active = null;
    turnCount--;
  }

  void end(LiveTurn turn, TurnEnd end, Instant at) {
    turn.ended(end, at);
    uses(turn.usedAtLast(usage, end));
    unsavedTurns.put(turn);
    active = null;
    repairs.incrementAndGet();
  }

  /// Turns that have ended, but are not in the state-db as they are.
  List<TurnRow> unsavedTurns() {
    return unsavedTurns.rows();
  }

  /// The first line of a new rollout was written.
  void created() {
    itemCount++;
  }

  /// @param at time of items that bring none
  void persisted(List<RolloutItem> items, Instant at) {
    noted(items, at);
    nextOrdinal += items.size();
    itemCount += items.size();
    if (active != null) {
      active.persisted(nextOrdinal - 1, items.size());
    }
    for (var item : items) {
      preview = preview.after(item.type(), item.payload());
      streams(active, AgentStream.usage(item.type(), item.payload()));
    }
  }

  /// Takes over what items, of which the first gets the next ordinal, say of the thread.
  void noted(List<RolloutItem> items, Instant at) {
    for (int i = 0; i < items.size(); i++) {
      var item = items.get(i);
      var said = item.timestamp() == null ? at : Timestamps.parse(item.timestamp());
      noted(ThreadEvents.notes(id, item.type(), item.payload(), said, nextOrdinal + i));
    }
  }

  private void noted(ThreadNotes said) {
    notes = notes.plus(said);
  }

  /// @param gap that the items are in; null where none is kept
  void skipped(int items, @Nullable UUID gap) {
    if (gap != null && !gap.equals(lastGap)) {
      openGaps++;
      lastGap = gap;
    }
    nextOrdinal += items;
    lastGapEnd = gap == null ? lastGapEnd : nextOrdinal;
    if (active != null) {
      active.skipped(nextOrdinal - 1, items);
    }
  }

  /// Lines that others wrote are in the rollout: what it tells as a whole is what counts.
  ///
  /// @param now which no line can be newer than, whatever it says
  /// @param changed turns that began, grew or ended with them
  void took(ThreadFacts facts, List<TurnRow> changed, int newGaps, Instant now) {
    noted(facts.notes().from(nextOrdinal));
    preview = Preview.of(facts.preview());
    updatedAt = facts.updatedAt().isAfter(now) ? now : facts.updatedAt();
    turnCount = Math.max(turnCount, facts.turns().size());
    itemCount = facts.itemCount();
    nextOrdinal = Math.max(nextOrdinal, facts.nextOrdinal());
    openGaps += newGaps;
    uses(facts.ownUsage());
    inheritedUsage = facts.inheritedUsage().json();
    inheritedThrough = facts.inheritedThrough() < 0 ? null : facts.inheritedThrough();
    model = facts.model();
    changed.forEach(this::took);
    changes++;
  }

  private void took(TurnRow turn) {
    var id = new TurnId(turn.id());
    if (turn.completedAt() == null) {
      active = new LiveTurn(turn);
      return;
    }
    unsavedTurns.put(LiveTurn.thatEnded(turn));
    active = isActive(id) ? null : active;
  }

  /// What was pending is in the rollout.
  void caughtUp(PendingItems.Chunk chunk) {
    itemCount += chunk.items();
    repairs.incrementAndGet();
    if (chunk.turn() != null) {
      repaired(chunk.turn(), chunk.items());
    }
    chunk
        .lines()
        .forEach(line -> {
          preview = preview.after(line.type(), line.payload());
          var said = Timestamps.parse(line.timestamp());
          noted(ThreadEvents.notes(id, line.type(), line.payload(), said, line.ordinal()));
          streams(chunk.turn(), AgentStream.usage(line.type(), line.payload()));
        });
  }

  /// What a client kept is in the rollout.
  ///
  /// @param newPreview null where it stays
  void refilled(int items, @Nullable Preview newPreview) {
    itemCount += items;
    repairs.incrementAndGet();
    preview = newPreview == null ? preview : newPreview;
  }

  /// The same for the turn that the items belong to.
  ///
  /// @param row of the turn in the state-db; null where there is none
  void refilled(@Nullable TurnRow row, int items) {
    if (row == null) {
      return;
    }
    var id = new TurnId(row.id());
    var known = isActive(id) ? active : unsavedTurns.find(id);
    if (known != null) {
      repaired(known, items);
    } else if (row.completedAt() != null) {
      repaired(LiveTurn.thatEnded(row), items);
    }
  }

  /// Goes up with whatever makes a gap or the row of a turn older than what was read of it before.
  /// May be asked without the thread's lock.
  long repairs() {
    return repairs.get();
  }

  /// A gap that may have grown since it was read.
  GapRow asItIs(GapRow gap) {
    return gap.isOpen() && gap.id().equals(lastGap) ? gap.until(lastGapEnd) : gap;
  }

  private void repaired(LiveTurn turn, int items) {
    turn.repaired(items);
    if (turn != active) {
      unsavedTurns.put(turn);
    }
  }

  private void streams(@Nullable LiveTurn turn, Usage used) {
    if (used == Usage.NONE) {
      return;
    }
    if (turn != null) {
      turn.streams(used);
    }
    if (turn == null || turn != active) {
      uses(usage.plus(used));
    }
  }

  private void uses(Usage sum) {
    usage = sum;
    usageText = sum.json();
  }

  void openGaps(int count) {
    openGaps = count;
  }

  void gapClosed() {
    openGaps--;
  }

  Instant updatedAt() {
    return updatedAt;
  }

  void changed(Instant at) {
    updatedAt = at;
    changes++;
  }

  void changed() {
    changes++;
  }

  boolean isSaved() {
    return changes == savedChanges;
  }

  ThreadProgress progress(Recorder recorder) {
    return new ThreadProgress(
        id.value(),
        updatedAt,
        preview.text(),
        turnCount,
        active == null ? null : active.id().value(),
        itemCount,
        nextOrdinal,
        openGaps,
        recorder.bytes(),
        recorder.isRemoved(),
        active == null || active.streamed() == Usage.NONE
            ? usageText
            : usage.plus(active.streamed()).json(),
        inheritedUsage,
        inheritedThrough,
        model,
        notes.without(savedNotes),
        recorder.isOrdered());
  }

  LiveSnapshot snapshot(Recorder recorder) {
    var inProgress = active == null ? null : active.row();
    return new LiveSnapshot(
        progress(recorder), unsavedTurns(), inProgress, changes, savedIn, notes);
  }

  /// @param outages of the state-db so far
  void saved(LiveSnapshot snapshot, int outages) {
    savedIn = outages;
    savedChanges = snapshot.changes();
    unsavedTurns.saved(snapshot.ended());
    savedNotes = snapshot.notes();
  }

  /// The row was lost and made again: it is to be brought up once more.
  void restored(int outages) {
    savedIn = outages;
    savedNotes = ThreadNotes.NONE;
    changes++;
  }
}
