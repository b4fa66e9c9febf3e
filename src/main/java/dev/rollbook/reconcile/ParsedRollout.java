package dev.rollbook.reconcile;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.HistoryFold;
import dev.rollbook.projection.ParentHistory;
import dev.rollbook.projection.ThreadFacts;
import dev.rollbook.projection.TokenUsage;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.skips.SkipJournal;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRow.Activity;
import dev.rollbook.statedb.ThreadRow.Attributes;
import dev.rollbook.statedb.ThreadRow.Counters;
import dev.rollbook.statedb.ThreadRow.Lineage;
import dev.rollbook.statedb.ThreadRow.Provenance;
import dev.rollbook.statedb.ThreadRow.Storage;
import dev.rollbook.statedb.ThreadRow.TokenSums;
import dev.rollbook.statedb.TurnRow;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Result of reading a rollout once: the facts for all of its rows.
///
/// @param bytes number of bytes that were read
/// @param compressedBytes size of the file on the disk; null if the rollout is not compressed
/// @param end first free ordinal of the thread, according to the rollout and the skip journal
record ParsedRollout(
    RolloutRef ref,
    ThreadFacts facts,
    long bytes,
    @Nullable Long compressedBytes,
    Instant modified,
    long end) {
  /// Clocks of the file system and of processes on the same machine differ by less.
  private static final Duration MAX_CLOCK_SKEW = Duration.ofSeconds(1);

  /// Empty if the file is gone, or not the rollout of the thread.
  ///
  /// @param inheritedThrough the last ordinal that is known to be a parent's; -1 for none
  static Optional<ParsedRollout> of(
      Rollouts rollouts,
      RolloutRef ref,
      SkipJournal journal,
      ParentHistory.Finder parents,
      long inheritedThrough)
      throws IOException {
    // Read before the rollout: what is written in between is then in both, rather than in neither.
    var skipped = journal.lines(ref.thread());
    long skippedEnd = journal.end(ref.thread());
    var content = rollouts.content(ref, Long.MAX_VALUE);
    if (content.isEmpty()) {
      return Optional.empty();
    }
    var modified = content.get().modified();
    var compressed = rollouts.compressedSize(ref);
    try (var reader = rollouts.read(ref, content.get().length())) {
      return HistoryFold.of(ref.thread(), modified, parents, inheritedThrough)
          .read(reader, skipped)
          .map(facts ->
              new ParsedRollout(
                  ref,
                  facts,
                  content.get().length(),
                  compressed,
                  modified,
                  Math.max(skippedEnd, facts.nextOrdinal())));
    }
  }

  ThreadRow row() {
    var meta = facts.meta();
    return new ThreadRow(
        ref.thread().value(),
        new Attributes(
            facts.name(),
            facts.namedAt(),
            facts.metadata(),
            facts.pinned(),
            archivedAt(ref.name()),
            0),
        new Provenance(
            meta.options().source(),
            meta.options().cwd(),
            meta.options().modelProvider(),
            meta.options().cliVersion(),
            git(),
            meta.options().policy().wireName(),
            meta.createdAt(),
            meta.owner()),
        lineage(null),
        new Activity(updatedAt(), facts.preview(), facts.model(), running(), false),
        new Counters(facts.turns().size(), facts.itemCount(), end, facts.holes().size()),
        usage(List.of()),
        storage(ref.name()));
  }

  /// @param onlyInRows turns whose usage the rollout does not state
  private TokenSums usage(List<TurnRow> onlyInRows) {
    var stated = facts.turns().stream().map(turn -> turn.id().value()).collect(Collectors.toSet());
    var own = facts.ownUsage();
    var timeline = facts.usageTimeline();
    for (var row : onlyInRows) {
      var usage = TokenUsage.of(row.usageJson());
      own = own.plus(usage);
      timeline = timeline.plus(row.startedAt(), stated.contains(row.id()) ? 0 : 1, usage.counts());
    }
    return new TokenSums(own.json(), facts.inheritedUsage().json(), timeline.text());
  }

  private Instant updatedAt() {
    return writtenAt(facts.updatedAt(), modified, runsOwnTurn());
  }

  /// When a thread was written last, as far as this service can know. The last item states a time,
  /// which its sender may have got wrong, so it counts only if it is not later than the time of the
  /// file. It may be earlier, because a copied file is newer than its items; but not while a turn
  /// runs here, which would then be taken for abandoned.
  ///
  /// @param said by the last item
  /// @param modified time of the file
  static Instant writtenAt(Instant said, Instant modified, boolean isTurnRunning) {
    boolean tooLate = said.isAfter(modified.plus(MAX_CLOCK_SKEW));
    boolean tooEarly = isTurnRunning && said.isBefore(modified.minus(MAX_CLOCK_SKEW));
    return tooLate || tooEarly ? modified : said;
  }

  private boolean runsOwnTurn() {
    return running() != null && facts.turns().getLast().own();
  }

  /// Like [#updatedAt()] for an existing row, whose time never goes back.
  private Instant updatedAt(ThreadRow known) {
    var now = updatedAt();
    if (known.storage().reading() != HistoryFold.VERSION) {
      return now;
    }
    boolean grown = bytes > known.storage().rolloutBytes();
    var seen = grown && now.isBefore(known.activity().updatedAt()) ? modified : now;
    return seen.isBefore(known.activity().updatedAt()) ? known.activity().updatedAt() : seen;
  }

  List<TurnRow> turnRows() {
    return facts.turns().stream()
        .map(turn -> RowRebuilder.turnRow(ref.thread().value(), turn))
        .toList();
  }

  /// The updated row of a thread that has one.
  ///
  /// The row includes all notes before its `nextOrdinal`, also those that the rollout lacks because
  /// their write was skipped. A note at that ordinal or after it is newer than the row.
  ///
  /// @param onlyInRows turns whose usage the rollout does not state
  ThreadRow over(
      ThreadRow known, @Nullable UUID activeTurn, long gapsEnd, List<TurnRow> onlyInRows) {
    var began = known.provenance();
    var counted = known.counters();
    return new ThreadRow(
        known.id(),
        known.attributes().with(facts.notes(), counted.nextOrdinal()),
        new Provenance(
            began.source(),
            began.cwd(),
            began.modelProvider(),
            began.cliVersion(),
            git(),
            began.persistence(),
            began.createdAt(),
            began.owner()),
        lineage(known.lineage().forkedFromId()),
        new Activity(
            updatedAt(known),
            facts.preview(),
            facts.model(),
            activeTurn,
            known.activity().recorderRemoved() && !wasWrittenBehind(known)),
        new Counters(
            Math.max(counted.turnCount(), facts.turns().size()),
            facts.itemCount(),
            Math.max(gapsEnd, Math.max(counted.nextOrdinal(), end)),
            Math.max(counted.openGaps(), facts.holes().size())),
        usage(onlyInRows),
        storage(known.storage().rolloutPath()));
  }

  /// Whether the row is from before a resume that was lost with the process: only a recorder that
  /// was resumed can have written lines after all that the row knows.
  private boolean wasWrittenBehind(ThreadRow known) {
    return facts.nextOrdinal() > known.counters().nextOrdinal();
  }

  /// The turn that has not ended; null for none.
  @Nullable UUID running() {
    var turn = facts.running();
    return turn == null || turn.status() != TurnStatus.IN_PROGRESS ? null : turn.id().value();
  }

  /// @param forkedFrom what is known of it
  private Lineage lineage(@Nullable UUID forkedFrom) {
    var lineage = facts.meta().lineage();
    return new Lineage(
        lineage.kind().wireName(),
        id(lineage.parent()),
        forkedFrom == null ? id(lineage.forkedFrom()) : forkedFrom,
        facts.inheritedThrough() < 0 ? null : facts.inheritedThrough());
  }

  private Storage storage(String path) {
    return new Storage(path, bytes, compressedBytes, facts.ordered(), HistoryFold.VERSION);
  }

  private static @Nullable UUID id(@Nullable ThreadId thread) {
    return thread == null ? null : thread.value();
  }

  private @Nullable String git() {
    var git = facts.meta().git();
    return git == null ? null : git.json().toString();
  }

  private @Nullable Instant archivedAt(String path) {
    return DataDir.isArchived(path) ? modified : null;
  }
}
