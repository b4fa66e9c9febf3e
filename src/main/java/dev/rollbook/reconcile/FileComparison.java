package dev.rollbook.reconcile;

import dev.rollbook.lock.OpenThreads;
import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.persistence.SkipJournal;
import dev.rollbook.projection.HistoryFold;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.statedb.ThreadPlace;
import dev.rollbook.statedb.ThreadPlaces;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;

/// Compares some hundred rollouts with their rows: one query for what is known of them, one look at
/// each file, and one transaction for all rows that are to be made.
@Component
class FileComparison {
  private static final Logger log = LoggerFactory.getLogger(FileComparison.class);
  private static final Duration LATELY = Duration.ofSeconds(60);

  private final DeletedThreads deleted;
  private final Rollouts rollouts;
  private final SkipJournal journal;
  private final ThreadPlaces rows;
  private final ThreadRows threads;
  private final Rebuild rebuild;
  private final NewRows newRows;
  private final RightPlace rightPlace;
  private final Clock clock;

  /// Asked for late: those who hold threads ask for rows here.
  private final OpenThreads<?> open;

  FileComparison(
      DeletedThreads deleted,
      Rollouts rollouts,
      SkipJournal journal,
      ThreadPlaces rows,
      ThreadRows threads,
      Rebuild rebuild,
      NewRows newRows,
      RightPlace rightPlace,
      Clock clock,
      OpenThreads<?> open) {
    this.deleted = deleted;
    this.rollouts = rollouts;
    this.journal = journal;
    this.rows = rows;
    this.threads = threads;
    this.rebuild = rebuild;
    this.newRows = newRows;
    this.rightPlace = rightPlace;
    this.clock = clock;
    this.open = open;
  }

  /// @throws DataAccessException or TransactionException while the state-db does not answer
  void compare(List<RolloutRef> all, ReconcileRun run) {
    var batch = all.stream().filter(ref -> !deleted.contains(ref.thread())).toList();
    var known = rows.of(batch.stream().map(ref -> ref.thread().value()).toList());
    var fresh = new ArrayList<RolloutRef>();
    var others = new ArrayList<RolloutRef>();
    var seen = new HashSet<UUID>();
    for (var ref : batch) {
      boolean isNew = !known.containsKey(ref.thread().value()) && seen.add(ref.thread().value());
      (isNew ? fresh : others).add(ref);
    }
    add(fresh, run);
    for (var ref : others) {
      var row = known.get(ref.thread().value());
      run.attempt(ref, () -> row == null ? compareAlone(ref, run) : compare(ref, row, run));
    }
  }

  private void add(List<RolloutRef> fresh, ReconcileRun run) {
    var read = new ArrayList<ReadRollout>();
    for (var ref : fresh) {
      run.attempt(
          ref,
          () -> {
            var found = rebuild.read(ref, null);
            found.ifPresent(read::add);
            return found.isPresent() ? Optional.empty() : notARollout(ref);
          });
    }
    try {
      newRows.insert(read, run.names());
      read.forEach(each -> run.count(Finding.ADDED));
    } catch (IOException
        | DataIntegrityViolationException
        | ConcurrencyFailureException notTogether) {
      log.debug("rows are made one by one", notTogether);
      read.forEach(each -> run.attempt(each.ref(), () -> compareAlone(each.ref(), run)));
    }
    readChildren(read.stream().map(each -> each.ref().thread().value()).toList(), run);
  }

  /// Forks are read before their parents, as the newest come first. One that is open is read again
  /// when it is opened the next time.
  private void readChildren(List<UUID> parents, ReconcileRun run) {
    if (parents.isEmpty()) {
      return;
    }
    for (var child : threads.childrenToRead(parents)) {
      var ref = rollouts.ref(new ThreadId(child.id()), child.rolloutPath());
      if (!open.isOpen(ref.thread())) {
        run.attempt(
            ref,
            () -> {
              rebuild.bringUp(child);
              return Optional.empty();
            });
      }
    }
  }

  /// The same where some of it has become known meanwhile.
  private Optional<Finding> compareAlone(RolloutRef ref, ReconcileRun run) throws IOException {
    try {
      var row = rows.of(List.of(ref.thread().value())).get(ref.thread().value());
      if (row != null) {
        return compare(ref, row, run);
      }
      return insert(ref, run) ? Optional.of(Finding.ADDED) : notARollout(ref);
    } catch (DuplicateKeyException takenMeanwhile) {
      var row = rows.of(List.of(ref.thread().value())).get(ref.thread().value());
      if (row == null && rollouts.exists(ref)) {
        throw takenMeanwhile;
      }
      return row == null ? Optional.empty() : compare(ref, row, run);
    }
  }

  /// A file that was moved or deleted while it was looked at is no finding.
  private Optional<Finding> notARollout(RolloutRef ref) throws IOException {
    return rollouts.exists(ref) ? Optional.of(Finding.NOT_A_ROLLOUT) : Optional.empty();
  }

  /// @return false if the file is not the thread's rollout, or the thread was deleted
  /// @throws DuplicateKeyException if the thread has a row by now
  boolean insert(RolloutRef ref, ReconcileRun run) throws IOException {
    if (!rebuild.insert(ref)) {
      return false;
    }
    var name = run.names().get(ref.thread());
    if (name != null) {
      threads.name(ref.thread().value(), name.name(), name.at());
    }
    readChildren(List.of(ref.thread().value()), run);
    return true;
  }

  /// @return whether the row was behind its rollout, of a thread that is not in memory
  boolean bringUpIfBehind(ThreadRow row, ReconcileRun run) throws IOException {
    var ref = rollouts.ref(new ThreadId(row.id()), row.rolloutPath());
    var place = ThreadPlace.of(row);
    boolean behind = !isCurrent(place, ref, run) && !open.isOpen(ref.thread());
    return behind && !rebuild.bringUp(row).equals(row);
  }

  /// Whether nothing lies where the row says.
  boolean isElsewhere(ThreadRow row) throws IOException {
    return row.rolloutBytes() > 0
        && !rollouts.exists(rollouts.ref(new ThreadId(row.id()), row.rolloutPath()));
  }

  void settle(RolloutRef ref) throws IOException {
    rightPlace.settle(ref);
  }

  private Optional<Finding> compare(RolloutRef ref, ThreadPlace row, ReconcileRun run)
      throws IOException {
    if (!row.rolloutPath().equals(ref.name())) {
      return rightPlace.settle(ref);
    }
    if (isCurrent(row, ref, run)) {
      return Optional.of(Finding.UNCHANGED);
    }
    // Its row is on its way.
    if (!run.isAfterLoss() && open.isOpen(ref.thread())) {
      return Optional.of(Finding.UNCHANGED);
    }
    return bringUp(ref, fits(row, ref));
  }

  /// Whether the row need not be read again from its file.
  private boolean isCurrent(ThreadPlace row, RolloutRef ref, ReconcileRun run) throws IOException {
    return fits(row, ref)
        && !journal.has(ref.thread())
        && !(run.isAfterLoss() && wasWrittenLately(row));
  }

  private boolean fits(ThreadPlace row, RolloutRef ref) throws IOException {
    return row.reading() == HistoryFold.READING
        && row.rolloutBytes() == rollouts.size(ref)
        && Objects.equals(row.compressedBytes(), rollouts.compressedSize(ref));
  }

  private Optional<Finding> bringUp(RolloutRef ref, boolean fits) throws IOException {
    var row = threads.findById(ref.thread().value());
    if (row.isEmpty()) {
      return Optional.empty();
    }
    if (!rebuild.bringUp(row.get()).equals(row.get())) {
      return Optional.of(Finding.BROUGHT_UP);
    }
    return fits || rollouts.check(ref).isEmpty()
        ? Optional.of(Finding.UNCHANGED)
        : notARollout(ref);
  }

  /// Rows that were written shortly before may lack what the state-db lost, though their counts
  /// fit.
  private boolean wasWrittenLately(ThreadPlace row) {
    return row.updatedAt().isAfter(clock.instant().minus(LATELY));
  }
}
