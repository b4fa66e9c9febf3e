package dev.rollbook.reconcile;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.UsageTimeline;
import dev.rollbook.projection.HistoryFold;
import dev.rollbook.projection.OwnTailFold;
import dev.rollbook.projection.TokenUsage;
import dev.rollbook.projection.TurnFacts;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.rollout.RolloutContent;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.skips.SkipJournal;
import dev.rollbook.statedb.GapRepository;
import dev.rollbook.statedb.ThreadProgress;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRow.Activity;
import dev.rollbook.statedb.ThreadRow.Counters;
import dev.rollbook.statedb.ThreadRow.TokenSums;
import dev.rollbook.statedb.TurnRepository;
import dev.rollbook.statedb.TurnRow;
import dev.rollbook.statedb.jdbc.Transactions;
import dev.rollbook.text.RawJson;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Brings up the row of a thread of Rollbook's own that lacks only the last lines of its rollout,
/// as after a kill of the process that wrote it. It reads only these lines, so the length of the
/// thread does not matter.
///
/// The row must fit what is before the lines: a line with its last ordinal must end at its last
/// byte, and its gaps must be those of the state-db. Otherwise the whole rollout has to be read.
@Component
record TailReconciliation(
    Rollouts rollouts,
    SkipJournal journal,
    ThreadRepository threads,
    TurnRepository turnRows,
    TurnReconciliation turns,
    GapReconciliation gaps,
    GapRepository gapRows,
    Transactions transactions) {
  private static final Logger log = LoggerFactory.getLogger(TailReconciliation.class);

  /// @return the row as it is then; empty if the whole rollout has to be read
  Optional<ThreadRow> bringUp(ThreadRow known) throws IOException {
    if (!isEligible(known)) {
      return Optional.empty();
    }
    var ref = rollouts.ref(new ThreadId(known.id()), known.storage().rolloutPath());
    var content = rollouts.content(ref, Long.MAX_VALUE).orElse(null);
    if (content == null || content.length() <= known.storage().rolloutBytes()) {
      return Optional.empty();
    }
    var fold = fold(known, ref);
    if (fold == null || !read(known, ref, content, fold)) {
      return Optional.empty();
    }
    var row = row(known, content, fold);
    return transactions.run(() -> save(known, row, fold));
  }

  private boolean isEligible(ThreadRow known) {
    var storage = known.storage();
    var lineage = known.lineage();
    boolean isRoot = lineage.forkedFromId() == null && lineage.parentThreadId() == null;
    return storage.reading() == HistoryFold.VERSION
        && storage.ordered()
        && storage.rolloutBytes() > 0
        && storage.compressedBytes() == null
        && (isRoot || lineage.inheritedThrough() != null)
        && !journal.has(new ThreadId(known.id()))
        && gaps.end(known.id()) <= known.counters().nextOrdinal()
        && gapRows.countOpen(known.id()) == known.counters().openGaps();
  }

  /// The fold at the end of what the row knows; null if that cannot be known.
  private @Nullable OwnTailFold fold(ThreadRow known, RolloutRef ref) throws IOException {
    var active = known.activity().activeTurnId();
    var turn = active == null ? null : turnRows.find(known.id(), active).orElse(null);
    boolean isKnown =
        active == null || (turn != null && turn.completedAt() == null && isOwn(known, ref, turn));
    return isKnown && isOwnThread(ref)
        ? new OwnTailFold(
            ref.thread(),
            id -> isBefore(known, turnRows.find(known.id(), id.value())),
            known.counters().nextOrdinal(),
            turn == null ? null : facts(turn),
            known.activity().preview(),
            TokenUsage.of(known.usage().ownUsage()),
            UsageTimeline.of(known.usage().usageTimeline()))
        : null;
  }

  private static boolean isBefore(ThreadRow known, Optional<TurnRow> turn) {
    return turn.filter(row -> row.firstOrdinal() < known.counters().nextOrdinal()).isPresent();
  }

  private boolean isOwnThread(RolloutRef ref) throws IOException {
    try (var reader = rollouts.read(ref)) {
      var first = reader.next();
      return first != null && first.isMetaOf(ref.thread()) && OwnTailFold.isOwn(first);
    }
  }

  private boolean isOwn(ThreadRow known, RolloutRef ref, TurnRow turn) throws IOException {
    var own = new AtomicBoolean();
    rollouts.forEach(
        ref,
        known.storage().orderedBytes(),
        new OrdinalRange(turn.firstOrdinal(), turn.firstOrdinal()),
        line -> own.set(TurnMarker.isOwnStart(line)));
    return own.get();
  }

  private static TurnFacts facts(TurnRow turn) {
    return OwnTailFold.open(
        new TurnId(turn.id()),
        turn.startedAt(),
        turn.firstOrdinal(),
        turn.lastOrdinal(),
        turn.itemCount(),
        RawJson.ofNullable(turn.usageJson()),
        RawJson.ofNullable(turn.metadata()));
  }

  private boolean read(ThreadRow known, RolloutRef ref, RolloutContent content, OwnTailFold fold)
      throws IOException {
    var tail =
        rollouts.readAfter(
            ref,
            known.storage().rolloutBytes(),
            known.counters().nextOrdinal() - 1,
            content.length());
    if (tail.isEmpty()) {
      return false;
    }
    try (var reader = tail.get()) {
      for (var line = reader.next(); line != null; line = reader.next()) {
        if (reader.isShortened() || !fold.add(line)) {
          log.debug("the row of thread {} does not go on at {}", known.id(), line.ordinal());
          return false;
        }
      }
      return reader.unreadable() == 0 && fold.items() > 0;
    }
  }

  private static ThreadRow row(ThreadRow known, RolloutContent content, OwnTailFold fold) {
    var counted = known.counters();
    var running = fold.running();
    return known.with(
        new ThreadProgress(
            known.id(),
            new Activity(
                updatedAt(known, content.modified(), fold),
                fold.preview(),
                known.activity().model(),
                running == null ? null : running.id().value(),
                false),
            new Counters(
                counted.turnCount() + fold.begun(),
                counted.itemCount() + fold.items(),
                fold.nextOrdinal(),
                counted.openGaps()),
            new TokenSums(
                fold.usage().json(), known.usage().inheritedUsage(), fold.timeline().text()),
            content.length(),
            true,
            known.lineage().inheritedThrough(),
            fold.notes()));
  }

  /// Like [ParsedRollout#writtenAt], but the time of a row never goes back.
  private static Instant updatedAt(ThreadRow known, Instant modified, OwnTailFold fold) {
    var before = known.activity().updatedAt();
    var said = fold.latest() == null ? modified : fold.latest();
    var now =
        said.isBefore(before)
            ? modified
            : ParsedRollout.writtenAt(said, modified, fold.running() != null);
    return now.isBefore(before) ? before : now;
  }

  private Optional<ThreadRow> save(ThreadRow known, ThreadRow row, OwnTailFold fold) {
    if (threads.bringUp(known, row) == 1) {
      turns.bringUpSome(row, fold.changed());
    }
    return threads.findById(row.id());
  }
}
