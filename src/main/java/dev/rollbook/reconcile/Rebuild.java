package dev.rollbook.reconcile;

import dev.rollbook.history.HistoryFold;
import dev.rollbook.history.ThreadFacts;
import dev.rollbook.history.TurnFacts;
import dev.rollbook.history.Usage;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.rollout.DataDir;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import dev.rollbook.statedb.TurnRow;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/// Makes the rows of one thread from its rollout.
@Component
public class Rebuild {
  private final Rollouts rollouts;
  private final ThreadRows threads;
  private final TurnMerge turns;
  private final HoleGaps gaps;

  Rebuild(Rollouts rollouts, ThreadRows threads, TurnMerge turns, HoleGaps gaps) {
    this.gaps = gaps;
    this.rollouts = rollouts;
    this.threads = threads;
    this.turns = turns;
  }

  /// Brings an existing row up to its rollout; what only the row knows stays.
  ///
  /// @return the row as it is then
  @Transactional
  public ThreadRow bringUp(ThreadRow known) throws IOException {
    var ref = rollouts.ref(new ThreadId(known.id()), known.rolloutPath());
    long gapsEnd = gaps.end(known.id());
    var read = read(ref);
    if (read.isEmpty()) {
      return known;
    }
    var facts = read.get().facts();
    var row =
        read.get().over(known, running(known, facts), gapsEnd, turns.untold(known.id(), facts));
    if (threads.bringUp(row, known.rolloutBytes(), known.nextOrdinal()) == 1) {
      turns.bringUp(row.id(), facts.turns());
      threads.openGaps(row.id(), gaps.agree(row.id(), facts, row.nextOrdinal()));
    }
    return threads.findById(row.id()).orElse(row);
  }

  /// Makes the rows of a thread that has none.
  ///
  /// @return false if the file is not a thread's rollout
  @Transactional
  public boolean insert(RolloutRef ref) throws IOException {
    return insert(ref, List.of());
  }

  /// @param lacking gaps that are known of the thread, as far as the rollout does not have the
  ///   items
  @Transactional
  public boolean insert(RolloutRef ref, List<GapRow> lacking) throws IOException {
    var read = read(ref);
    if (read.isEmpty()) {
      return false;
    }
    var facts = read.get().facts();
    var row = threads.insert(read.get().row(ref));
    turns.insert(row.id(), facts.turns());
    gaps.insert(lacking);
    threads.openGaps(row.id(), gaps.agree(row.id(), facts, row.nextOrdinal()));
    return true;
  }

  private Optional<Read> read(RolloutRef ref) throws IOException {
    var content = rollouts.content(ref, Long.MAX_VALUE);
    if (content.isEmpty()) {
      return Optional.empty();
    }
    var modified = content.get().modified();
    var compressed = rollouts.compressedSize(ref);
    try (var reader = rollouts.read(ref, content.get().length())) {
      return HistoryFold.read(ref.thread(), reader, modified)
          .map(facts -> new Read(facts, content.get().length(), compressed, modified));
    }
  }

  /// A turn as its rollout tells it.
  public static TurnRow turnRow(UUID thread, TurnFacts facts) {
    return new TurnRow(
        thread,
        facts.id().value(),
        facts.status().wireName(),
        facts.startedAt(),
        facts.completedAt(),
        facts.firstOrdinal(),
        facts.lastOrdinal(),
        facts.itemCount(),
        0,
        text(facts.error()),
        text(facts.usage()),
        text(facts.metadata()));
  }

  /// The turn in progress; one whose first items were all skipped is known to the row alone.
  private @Nullable UUID running(ThreadRow known, ThreadFacts facts) {
    var last = running(facts);
    if (last != null && !turns.hasEnded(known.id(), last)) {
      return last;
    }
    var active = known.activeTurnId();
    boolean told = facts.turns().stream().anyMatch(turn -> turn.id().value().equals(active));
    return told ? null : active;
  }

  private static @Nullable UUID running(ThreadFacts facts) {
    return facts.turns().isEmpty() || facts.turns().getLast().status() != TurnStatus.IN_PROGRESS
        ? null
        : facts.turns().getLast().id().value();
  }

  private static @Nullable String text(@Nullable RawJson json) {
    return json == null ? null : json.toString();
  }

  /// @param bytes that were read
  /// @param compressedBytes what they take on the disk; null where they are not compressed
  private record Read(
      ThreadFacts facts, long bytes, @Nullable Long compressedBytes, Instant modified) {
    ThreadRow row(RolloutRef ref) {
      var meta = facts.meta();
      return new ThreadRow(
          ref.thread().value(),
          facts.name(),
          facts.preview(),
          meta.source(),
          meta.cwd(),
          facts.model(),
          meta.modelProvider(),
          meta.cliVersion(),
          text(facts.metadata()),
          meta.persistence().wireName(),
          meta.forkedFrom() == null ? null : meta.forkedFrom().value(),
          meta.createdAt(),
          facts.updatedAt(),
          archivedAt(ref.name()),
          facts.turns().size(),
          running(facts),
          facts.itemCount(),
          facts.nextOrdinal(),
          facts.holes().size(),
          ref.name(),
          bytes,
          false,
          0,
          facts.ownUsage().json(),
          facts.inheritedUsage().json(),
          git(),
          facts.pinned(),
          compressedBytes);
    }

    /// What a person changed is in the row first; the note of it in the rollout may have been
    /// skipped.
    ///
    /// @param untold usage of turns that only their rows tell of
    ThreadRow over(ThreadRow known, @Nullable UUID activeTurn, long gapsEnd, Usage untold) {
      boolean describedSince = known.revision() > 0;
      return new ThreadRow(
          known.id(),
          describedSince ? known.name() : facts.name(),
          facts.preview(),
          known.source(),
          known.cwd(),
          facts.model(),
          known.modelProvider(),
          known.cliVersion(),
          describedSince ? known.metadata() : text(facts.metadata()),
          known.persistence(),
          known.forkedFromId(),
          known.createdAt(),
          facts.updatedAt(),
          known.archivedAt(),
          Math.max(known.turnCount(), facts.turns().size()),
          activeTurn,
          facts.itemCount(),
          Math.max(gapsEnd, Math.max(known.nextOrdinal(), facts.nextOrdinal())),
          Math.max(known.openGaps(), facts.holes().size()),
          known.rolloutPath(),
          bytes,
          known.recorderRemoved(),
          known.revision(),
          facts.ownUsage().plus(untold).json(),
          facts.inheritedUsage().json(),
          git(),
          describedSince ? known.pinned() : facts.pinned(),
          compressedBytes);
    }

    private @Nullable String git() {
      var git = facts.meta().git();
      return git == null ? null : git.json().toString();
    }

    private @Nullable Instant archivedAt(String path) {
      return DataDir.isArchived(path) ? modified : null;
    }
  }
}
