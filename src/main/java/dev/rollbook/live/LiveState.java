package dev.rollbook.live;

import dev.rollbook.access.Owner;
import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.RollbookException.ThreadArchived;
import dev.rollbook.model.RollbookException.TurnInProgress;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadNotes;
import dev.rollbook.model.Timestamps;
import dev.rollbook.model.TokenCounts;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.UsageTimeline;
import dev.rollbook.projection.AgentStream;
import dev.rollbook.projection.Preview;
import dev.rollbook.projection.ThreadChangeItems;
import dev.rollbook.projection.ThreadFacts;
import dev.rollbook.projection.TokenUsage;
import dev.rollbook.projection.TurnResult;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.ThreadProgress;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRow.Activity;
import dev.rollbook.statedb.ThreadRow.Counters;
import dev.rollbook.statedb.ThreadRow.TokenSums;
import dev.rollbook.statedb.TurnRow;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// State of a live thread that may be newer than its rows: counts, turns, usage, notes.
///
/// Caller must hold the thread lock, except for [#repairs].
final class LiveState {
  private final ThreadId id;
  private final Owner owner;
  private final PersistencePolicy policy;
  private final boolean archived;

  /// Ended turns whose row is missing or outdated.
  private final Map<TurnId, LiveTurn> unsavedTurns = new LinkedHashMap<>();

  /// Cached, because there may be many during an outage of the state-db; null after a change.
  private @Nullable List<TurnRow> unsavedTurnRows;

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
  private int outagesWhenSaved;
  private TokenUsage usage;
  private @Nullable String usageText;
  private @Nullable String inheritedUsage;
  private UsageTimeline timeline;
  private @Nullable Long inheritedThrough;
  private @Nullable String model;
  private ThreadNotes notes = ThreadNotes.NONE;
  private ThreadNotes savedNotes = ThreadNotes.NONE;

  /// @param outages of the state-db so far
  LiveState(ThreadRow row, @Nullable TurnRow turnInProgress, int outages) {
    this.outagesWhenSaved = outages;
    this.id = new ThreadId(row.id());
    this.owner = row.provenance().owner();
    this.policy = PersistencePolicy.parse(row.provenance().persistence());
    this.archived = row.attributes().archivedAt() != null;
    this.active = turnInProgress == null ? null : new LiveTurn(turnInProgress);
    this.preview = Preview.of(row.activity().preview());
    this.updatedAt = row.activity().updatedAt();
    this.turnCount = row.counters().turnCount();
    this.itemCount = row.counters().itemCount();
    this.nextOrdinal = row.counters().nextOrdinal();
    this.openGaps = row.counters().openGaps();
    this.usage = TokenUsage.of(row.usage().ownUsage());
    this.usageText = usage.json();
    this.inheritedUsage = row.usage().inheritedUsage();
    this.timeline = UsageTimeline.of(row.usage().usageTimeline());
    this.inheritedThrough = row.lineage().inheritedThrough();
    this.model = row.activity().model();
  }

  ThreadId id() {
    return id;
  }

  Owner owner() {
    return owner;
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
    timeline = timeline.plus(turn.startedAt(), 1, TokenCounts.NONE);
  }

  /// Reverts [#begin].
  void undoBegin() {
    timeline = timeline.plus(Objects.requireNonNull(active).startedAt(), -1, TokenCounts.NONE);
    active = null;
    turnCount--;
  }

  void end(LiveTurn turn, TurnResult end, Instant at) {
    changeUsage(turn, () -> turn.ended(end, at));
    uses(turn.usedAtLast(usage, end));
    putUnsaved(turn);
    active = null;
    repairs.incrementAndGet();
  }

  List<TurnRow> unsavedTurns() {
    if (unsavedTurnRows == null) {
      unsavedTurnRows = unsavedTurns.values().stream().map(LiveTurn::row).toList();
    }
    return unsavedTurnRows;
  }

  private void putUnsaved(LiveTurn turn) {
    unsavedTurns.put(turn.id(), turn);
    unsavedTurnRows = null;
  }

  /// The first line of a new rollout was written.
  void created() {
    itemCount++;
  }

  /// @param at time of items without one
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

  /// Takes over the notes on the thread in items that begin at the next ordinal.
  void noted(List<RolloutItem> items, Instant at) {
    for (int i = 0; i < items.size(); i++) {
      var item = items.get(i);
      var time = item.timestamp() == null ? at : Timestamps.parse(item.timestamp());
      noted(ThreadChangeItems.notes(id, item.type(), item.payload(), time, nextOrdinal + i));
    }
  }

  private void noted(ThreadNotes added) {
    notes = notes.plus(added);
  }

  /// @param gap that the items belong to; null if none is recorded
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

  /// Replaces the counts by those of the whole rollout, after lines of another program were
  /// appended.
  ///
  /// @param now upper bound for the times in the lines
  /// @param changed turns that began, grew or ended with the lines
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
    timeline = facts.usageTimeline();
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
    putUnsaved(LiveTurn.thatEnded(turn));
    active = isActive(id) ? null : active;
  }

  /// Counts items that the storage has lost.
  void lost(List<GapRow> gaps) {
    openGaps += gaps.size();
    gaps.forEach(gap -> itemCount -= gap.nextOrdinal() - gap.firstOrdinal());
  }

  /// Counts queued items that were written to the rollout.
  void retried(RetryQueue.Chunk chunk) {
    itemCount += chunk.items();
    repairs.incrementAndGet();
    if (chunk.turn() != null) {
      repaired(chunk.turn(), chunk.items());
    }
    chunk
        .lines()
        .forEach(line -> {
          preview = preview.after(line.type(), line.payload());
          var time = Timestamps.parse(line.timestamp());
          noted(ThreadChangeItems.notes(id, line.type(), line.payload(), time, line.ordinal()));
          streams(chunk.turn(), AgentStream.usage(line.type(), line.payload()));
        });
  }

  /// A client has filled a gap.
  ///
  /// @param newPreview null for no change
  void refilled(int items, @Nullable Preview newPreview) {
    itemCount += items;
    repairs.incrementAndGet();
    preview = newPreview == null ? preview : newPreview;
  }

  /// Counts the items of a filled gap for their turn.
  ///
  /// @param row of the turn in the state-db; null for none
  void refilled(@Nullable TurnRow row, int items) {
    if (row == null) {
      return;
    }
    var id = new TurnId(row.id());
    var known = isActive(id) ? active : unsavedTurns.get(id);
    if (known != null) {
      repaired(known, items);
    } else if (row.completedAt() != null) {
      repaired(LiveTurn.thatEnded(row), items);
    }
  }

  /// Incremented by every change after which a gap or turn row that was read before is stale. Needs
  /// no lock.
  long repairs() {
    return repairs.get();
  }

  /// The gap as it is now: it may have grown since it was read.
  GapRow current(GapRow gap) {
    return gap.isOpen() && gap.id().equals(lastGap) ? gap.until(lastGapEnd) : gap;
  }

  private void repaired(LiveTurn turn, int items) {
    turn.repaired(items);
    if (turn != active) {
      putUnsaved(turn);
    }
  }

  private void streams(@Nullable LiveTurn turn, TokenUsage used) {
    if (used == TokenUsage.NONE) {
      return;
    }
    if (turn != null) {
      changeUsage(turn, () -> turn.streams(used));
    }
    if (turn == null || turn != active) {
      uses(usage.plus(used));
    }
  }

  /// Counts the tokens by which a change of the turn changes its usage.
  private void changeUsage(LiveTurn turn, Runnable change) {
    var before = turn.tokens();
    change.run();
    timeline = timeline.plus(turn.startedAt(), 0, turn.tokens().minus(before));
  }

  private void uses(TokenUsage sum) {
    usage = sum;
    usageText = sum.json();
  }

  void openGaps(int count) {
    openGaps = count;
  }

  void gapClosed() {
    openGaps--;
  }

  long itemCount() {
    return itemCount;
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

  ThreadProgress progress(RolloutRecorder recorder) {
    var ownUsage =
        active == null || active.streamed() == TokenUsage.NONE
            ? usageText
            : usage.plus(active.streamed()).json();
    return new ThreadProgress(
        id.value(),
        new Activity(
            updatedAt,
            preview.text(),
            model,
            active == null ? null : active.id().value(),
            recorder.isRemoved()),
        new Counters(turnCount, itemCount, nextOrdinal, openGaps),
        new TokenSums(ownUsage, inheritedUsage, timeline.text()),
        recorder.bytes(),
        recorder.isOrdered(),
        inheritedThrough,
        notes.without(savedNotes));
  }

  LiveSnapshot snapshot(RolloutRecorder recorder) {
    var inProgress = active == null ? null : active.row();
    return new LiveSnapshot(
        progress(recorder), unsavedTurns(), inProgress, changes, outagesWhenSaved, notes);
  }

  /// @param outages of the state-db so far
  void saved(LiveSnapshot snapshot, int outages) {
    outagesWhenSaved = outages;
    savedChanges = snapshot.changes();
    // A turn that was repaired since the snapshot stays unsaved.
    unsavedTurns.values().removeIf(turn -> snapshot.ended().contains(turn.row()));
    unsavedTurnRows = null;
    savedNotes = snapshot.notes();
  }

  /// The row was inserted with this state.
  void inserted() {
    savedChanges = changes;
    savedNotes = notes;
  }

  /// Marks the state as unsaved, after the row was lost and rebuilt.
  void restored(int outages) {
    outagesWhenSaved = outages;
    savedNotes = ThreadNotes.NONE;
    changes++;
  }
}
