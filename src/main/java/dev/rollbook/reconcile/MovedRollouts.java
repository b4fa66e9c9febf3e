package dev.rollbook.reconcile;

import dev.rollbook.lock.LoadedThreadRegistry;
import dev.rollbook.rollout.RolloutContent;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Handles rollouts that are not at the path in their thread's row.
///
/// If no file is at the path in the row, the row gets the new path. If the thread has two rollouts,
/// the one at the path in the row is used, with two exceptions: it is invalid, or the other one
/// begins with the same lines and is longer. The rollout that is not used is moved to `set_aside/`.
/// Nothing is ever deleted.
@Component
record MovedRollouts(
    Rollouts rollouts,
    ThreadRepository threads,
    RowRebuilder rebuild,
    Clock clock,
    LoadedThreadRegistry<?> open) {
  /// Tolerance, because a row and its rollout are not written at the same moment.
  private static final Duration MAX_ROW_TO_FILE_LAG = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(MovedRollouts.class);

  /// Outcome for a rollout that was found; empty if its row or its file no longer exists.
  Optional<ReconcileOutcome> settle(RolloutRef found) throws IOException {
    return open.withThreadLocked(found.thread(), isOpen -> settle(found, isOpen));
  }

  private Optional<ReconcileOutcome> settle(RolloutRef found, boolean isOpen) throws IOException {
    var row = threads.findById(found.thread().value());
    if (row.isEmpty() || !rollouts.exists(found)) {
      return Optional.empty();
    }
    if (row.get().storage().rolloutPath().equals(found.name())) {
      return Optional.of(ReconcileOutcome.UNCHANGED);
    }
    if (isOpen) {
      return Optional.of(ReconcileOutcome.OPEN);
    }
    var named = rollouts.ref(found.thread(), row.get().storage().rolloutPath());
    if (!rollouts.exists(named)) {
      return Optional.of(followIfItIsOne(row.get(), found));
    }
    if (rollouts.check(found).isPresent()) {
      return Optional.of(notARollout(found, named));
    }
    if (rollouts.check(named).isPresent() || rollouts.isContinuation(found, named)) {
      setAside(named, found);
      follow(row.get(), found);
    } else {
      setAside(found, named);
    }
    return Optional.of(ReconcileOutcome.SET_ASIDE);
  }

  /// The file may be all that is left of another thread, so it is moved only if it is in the way of
  /// a valid rollout.
  private ReconcileOutcome notARollout(RolloutRef found, RolloutRef named) throws IOException {
    boolean inTheWay =
        DataDir.isMoveTarget(found.name(), named.name()) && rollouts.check(named).isEmpty();
    if (inTheWay) {
      setAside(found, named);
    }
    return inTheWay ? ReconcileOutcome.SET_ASIDE : ReconcileOutcome.NOT_ROLLOUTS;
  }

  /// Follows the file only if it would be accepted as the rollout of a thread without a row.
  private ReconcileOutcome followIfItIsOne(ThreadRow row, RolloutRef found) throws IOException {
    if (rebuild.read(found, null).isEmpty()) {
      return ReconcileOutcome.NOT_ROLLOUTS;
    }
    follow(row, found);
    return ReconcileOutcome.MOVED;
  }

  private void follow(ThreadRow row, RolloutRef to) throws IOException {
    var archivedAt = DataDir.isArchived(to.name()) ? archivedAt(row, to) : null;
    threads.move(row.id(), archivedAt, to.name(), row.activity().updatedAt());
    // The update that the kill took may have been more than the move: sizes do not tell.
    var moved = threads.findById(row.id());
    if (moved.isPresent()) {
      rebuild.bringUp(moved.get());
    }
  }

  /// Time of archiving, for a row that lacks it. Rollbook sets the modification time of a file when
  /// it archives the file. A file that was moved by hand has the time of its last write instead, so
  /// its thread counts as archived from now on.
  private Instant archivedAt(ThreadRow row, RolloutRef to) throws IOException {
    if (row.attributes().archivedAt() != null) {
      return row.attributes().archivedAt();
    }
    var now = clock.instant();
    return rollouts
        .content(to, Long.MAX_VALUE)
        .map(RolloutContent::modified)
        .filter(time -> time.isAfter(row.activity().updatedAt().plus(MAX_ROW_TO_FILE_LAG)))
        .filter(time -> !time.isAfter(now))
        .orElse(now);
  }

  private void setAside(RolloutRef loser, RolloutRef winner) throws IOException {
    var place = rollouts.setAside(loser);
    log.warn(
        "thread {} has two rollouts: {} is used, {} was moved to {}",
        loser.thread(),
        winner.name(),
        loser.name(),
        place);
  }
}
