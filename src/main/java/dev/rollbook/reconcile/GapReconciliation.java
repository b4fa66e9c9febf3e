package dev.rollbook.reconcile;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.ThreadFacts;
import dev.rollbook.projection.TurnFacts;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.skips.SkipJournal;
import dev.rollbook.statedb.GapRepository;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.GapWriter;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Updates the gaps of a thread from its rollout. If the rollout lacks ordinals and the state-db
/// has no gap for them, a gap is inserted. If the rollout has the items of a gap, the gap is marked
/// as repaired.
@Component
record GapReconciliation(GapRepository rows, GapWriter saves, SkipJournal journal, Clock clock) {
  /// A repair within this time may be newer than the rollout as it was read.
  private static final Duration REPAIR_WINDOW = Duration.ofMinutes(1);

  /// The first ordinal after all gaps. Must be called before the rollout is read, so that every
  /// ordinal below the result either has been written by then or never will be.
  long end(UUID thread) {
    return Math.max(rows.end(thread), journal.end(new ThreadId(thread)));
  }

  void insert(List<GapRow> gaps) {
    gaps.forEach(rows::insert);
  }

  /// @param nextOrdinal of the thread, which may be greater than that after the rollout's last line
  /// @return number of gaps that are open afterwards
  int agree(UUID thread, ThreadFacts facts, long nextOrdinal) {
    journal.gaps(new ThreadId(thread)).forEach(this::restore);
    var holes = new ArrayList<>(facts.holes());
    if (facts.nextOrdinal() < nextOrdinal) {
      holes.add(new OrdinalRange(facts.nextOrdinal(), nextOrdinal - 1));
    }
    var known = rows.all(thread, clock.instant().minus(REPAIR_WINDOW));
    known.stream().filter(GapRow::isOpen).forEach(row -> cut(row, holes, nextOrdinal));
    holes.forEach(hole -> fill(thread, hole, known, facts));
    return rows.countOpen(thread);
  }

  /// The state-db may have lost a gap, or its latest extension.
  private void restore(GapRow gap) {
    var known = rows.find(gap.threadId(), gap.id());
    if (known.isEmpty()) {
      saves.save(gap);
    } else if (known.get().isOpen() && known.get().nextOrdinal() < gap.nextOrdinal()) {
      rows.update(known.get().until(gap.nextOrdinal()));
    }
  }

  /// A gap keeps its id while any of it is left, as clients may still repair it.
  ///
  /// A gap beyond the end is newer than the rollout as it was read.
  private void cut(GapRow row, List<OrdinalRange> holes, long end) {
    if (row.nextOrdinal() > end) {
      return;
    }
    var all = new OrdinalRange(row.firstOrdinal(), row.nextOrdinal() - 1);
    var parts =
        holes.stream()
            .map(all::and)
            .filter(part -> !part.isEmpty())
            .collect(Collectors.toCollection(ArrayList::new));
    if (parts.isEmpty()) {
      rows.update(row.repaired(clock.instant()));
    } else if (!parts.equals(List.of(all))) {
      // What is filled bit by bit is filled from its beginning: the rest is known by the same id.
      var rest = parts.removeLast();
      rows.update(row.from(rest.first()).until(rest.last() + 1));
      parts.forEach(part -> insert(row.threadId(), row.turnId(), part, row.reason()));
    }
  }

  /// Inserts a gap for the part of a hole that no known gap covers.
  private void fill(UUID thread, OrdinalRange hole, List<GapRow> known, ThreadFacts facts) {
    long from = hole.first();
    for (var row : known) {
      if (row.firstOrdinal() > hole.last()) {
        break;
      }
      if (row.nextOrdinal() > from) {
        insertUnknown(thread, new OrdinalRange(from, row.firstOrdinal() - 1), facts);
        from = row.nextOrdinal();
      }
    }
    insertUnknown(thread, new OrdinalRange(from, hole.last()), facts);
  }

  private void insertUnknown(UUID thread, OrdinalRange part, ThreadFacts facts) {
    if (!part.isEmpty()) {
      insert(thread, turnOf(part, facts.turns()), part, GapRow.UNKNOWN);
    }
  }

  private void insert(UUID thread, @Nullable UUID turn, OrdinalRange part, String reason) {
    rows.insert(GapRow.open(thread, turn, part.first(), part.last() + 1, reason, clock.instant()));
  }

  private static @Nullable UUID turnOf(OrdinalRange part, List<TurnFacts> turns) {
    for (var turn : turns.reversed()) {
      if (turn.firstOrdinal() < part.first()) {
        boolean within =
            part.first() < turn.lastOrdinal() || turn.status() == TurnStatus.IN_PROGRESS;
        return within ? turn.id().value() : null;
      }
    }
    return null;
  }
}
