package dev.rollbook.reconcile;

import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.lock.LoadedThreadRegistry;
import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.HistoryFold;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.skips.SkipJournal;
import dev.rollbook.statedb.ThreadLocation;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;

/// Compares rollouts with their rows, and updates rows that differ. It compares a batch of some
/// hundred rollouts, or a single thread that a client requests while a comparison runs.
///
/// A batch takes one query for the existing rows of its threads, one `stat` of each file, and one
/// transaction for all missing rows.
@Component
record RowComparison(
    DeletedThreads deleted,
    Rollouts rollouts,
    SkipJournal journal,
    ThreadRepository threads,
    RowRebuilder rebuild,
    MovedRollouts moved,
    Clock clock,
    LoadedThreadRegistry<?> open) {
  private static final Logger log = LoggerFactory.getLogger(RowComparison.class);
  private static final int PAGE_SIZE = 1000;

  /// Rows written within this time before a loss may lack values that the state-db lost, even if
  /// their counts are those of the rollout.
  private static final Duration LOSS_WINDOW = Duration.ofSeconds(60);

  /// @throws DataAccessException or TransactionException if the state-db is unavailable
  void compare(List<RolloutRef> all, ReconcileState run) {
    var batch = all.stream().filter(ref -> !deleted.contains(ref.thread())).toList();
    var known = threads.locations(batch.stream().map(ref -> ref.thread().value()).toList());
    var fresh = new ArrayList<RolloutRef>();
    var others = new ArrayList<RolloutRef>();
    var seen = new HashSet<UUID>();
    for (var ref : batch) {
      boolean isNew =
          !known.containsKey(ref.thread().value())
              && seen.add(ref.thread().value())
              && first(ref.thread(), run).equals(ref);
      (isNew ? fresh : others).add(ref);
    }
    add(fresh, run);
    for (var ref : others) {
      var row = known.get(ref.thread().value());
      run.attempt(ref, () -> row == null ? compareAlone(ref, run) : compare(ref, row, run));
    }
  }

  /// Compares the threads in memory that have a row. The row of one that has none is inserted when
  /// it is written.
  ///
  /// @throws DataAccessException or TransactionException if the state-db is unavailable
  void compareLoaded(ReconcileState run) {
    var ids = open.all().stream().map(thread -> thread.id().value()).toList();
    for (int from = 0; from < ids.size() && !run.isOver(); from += PAGE_SIZE) {
      var page = ids.subList(from, Math.min(ids.size(), from + PAGE_SIZE));
      for (var row : threads.locations(page).values()) {
        var ref = rollouts.ref(new ThreadId(row.id()), row.storage().rolloutPath());
        run.attempt(ref, () -> compare(ref, row, run));
      }
    }
  }

  /// Brings up the row of a thread that nobody has in memory, if it is behind its rollout. Caller
  /// must hold the thread lock.
  void settle(ThreadRow row) throws IOException {
    var ref = rollouts.ref(new ThreadId(row.id()), row.storage().rolloutPath());
    if (!fits(ThreadLocation.of(row), ref) || journal.has(ref.thread())) {
      rebuild.bringUp(row);
    }
  }

  private void add(List<RolloutRef> fresh, ReconcileState run) {
    var read = new ArrayList<ParsedRollout>();
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
      rebuild.insertAll(read, run.names());
      read.forEach(each -> run.count(ReconcileOutcome.ADDED));
    } catch (IOException | DataIntegrityViolationException | ConcurrencyFailureException e) {
      log.debug("rows cannot be inserted together, they are inserted one by one", e);
      read.forEach(each -> run.attempt(each.ref(), () -> compareAlone(each.ref(), run)));
    }
    readChildren(read.stream().map(each -> each.ref().thread().value()).toList(), run);
  }

  /// Reads forks of these threads again. The newest rollouts come first, so forks are mostly read
  /// before their parents. A fork that is open is read again when it is opened the next time.
  private void readChildren(List<UUID> parents, ReconcileState run) {
    if (parents.isEmpty()) {
      return;
    }
    for (var child : threads.childrenToRead(parents)) {
      var ref = rollouts.ref(new ThreadId(child.id()), child.storage().rolloutPath());
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

  /// The rollout that is used if a thread has several equal ones and no row. Batches are compared
  /// concurrently, so another batch may have it.
  private static RolloutRef first(ThreadId thread, ReconcileState run) {
    return run.rollouts().of(thread).getFirst();
  }

  /// Compares a rollout that was moved, or got its row, since its batch was looked up, or that is
  /// not the first one of its thread.
  private Optional<ReconcileOutcome> compareAlone(RolloutRef ref, ReconcileState run)
      throws IOException {
    try {
      var row = location(ref);
      if (row == null) {
        var first = first(ref.thread(), run);
        if (!first.equals(ref) && rollouts.exists(first) && insert(first, run)) {
          run.count(ReconcileOutcome.ADDED);
          row = location(ref);
        }
      }
      if (row != null) {
        return compare(ref, row, run);
      }
      return insert(ref, run) ? Optional.of(ReconcileOutcome.ADDED) : notARollout(ref);
    } catch (DuplicateKeyException e) {
      var row = location(ref);
      if (row == null && rollouts.exists(ref)) {
        throw e;
      }
      return row == null ? Optional.empty() : compare(ref, row, run);
    }
  }

  private @Nullable ThreadLocation location(RolloutRef ref) {
    return threads.findById(ref.thread().value()).map(ThreadLocation::of).orElse(null);
  }

  /// Reports a file that is not the thread's rollout. Looks again with the thread locked, because a
  /// file that was moved, moved back or deleted while it was read looks the same.
  private Optional<ReconcileOutcome> notARollout(RolloutRef ref) throws IOException {
    boolean isStillWrong =
        open.withThreadLocked(
            ref.thread(), isOpen -> rollouts.exists(ref) && rollouts.check(ref).isPresent());
    return isStillWrong ? Optional.of(ReconcileOutcome.NOT_ROLLOUTS) : Optional.empty();
  }

  /// Makes the row of a thread that has none.
  ///
  /// @return false if the file is not the thread's rollout, or the thread was deleted
  /// @throws DuplicateKeyException if the thread has a row by now
  boolean insert(RolloutRef ref, ReconcileState run) throws IOException {
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

  /// Brings up the row of a thread that is not open, if it is behind its rollout.
  ///
  /// @return whether the row was changed
  boolean bringUpIfBehind(ThreadRow row, ReconcileState run) throws IOException {
    var ref = rollouts.ref(new ThreadId(row.id()), row.storage().rolloutPath());
    boolean behind = !isCurrent(ThreadLocation.of(row), ref, run) && !open.isOpen(ref.thread());
    boolean changed = behind && !rebuild.bringUp(row).equals(row);
    if (changed) {
      run.settledAhead(ref.thread(), ReconcileOutcome.BROUGHT_UP);
    }
    return changed;
  }

  /// Updates a row whose rollout is not at the row's path.
  void followIfMoved(ThreadRow row, ReconcileState run) throws IOException {
    var thread = new ThreadId(row.id());
    if (row.storage().rolloutBytes() > 0
        && !rollouts.exists(rollouts.ref(thread, row.storage().rolloutPath()))) {
      for (var ref : run.rollouts().of(thread)) {
        // Locked, so that the comparison knows why the row is current.
        open.withThreadLocked(thread, isOpen -> followAhead(ref, run));
      }
    }
  }

  private boolean followAhead(RolloutRef ref, ReconcileState run) throws IOException {
    boolean followed = moved.settle(ref).equals(Optional.of(ReconcileOutcome.MOVED));
    if (followed) {
      run.settledAhead(ref.thread(), ReconcileOutcome.MOVED);
    }
    return followed;
  }

  private Optional<ReconcileOutcome> compare(RolloutRef ref, ThreadLocation row, ReconcileState run)
      throws IOException {
    if (!row.storage().rolloutPath().equals(ref.name())) {
      return moved.settle(ref);
    }
    if (isCurrent(row, ref, run)) {
      return Optional.of(ReconcileOutcome.UNCHANGED);
    }
    // The row of an open thread is written by those who have it open.
    if (!run.isAfterLoss() && open.isOpen(ref.thread())) {
      return Optional.of(ReconcileOutcome.UNCHANGED);
    }
    return bringUp(ref, fits(row, ref));
  }

  /// Whether the row need not be read again from its rollout.
  private boolean isCurrent(ThreadLocation row, RolloutRef ref, ReconcileState run)
      throws IOException {
    return fits(row, ref)
        && !journal.has(ref.thread())
        && !(run.isAfterLoss() && row.updatedAt().isAfter(clock.instant().minus(LOSS_WINDOW)));
  }

  private boolean fits(ThreadLocation row, RolloutRef ref) throws IOException {
    return row.storage().reading() == HistoryFold.VERSION
        && row.storage().rolloutBytes() == rollouts.size(ref)
        && Objects.equals(row.storage().compressedBytes(), rollouts.compressedSize(ref));
  }

  private Optional<ReconcileOutcome> bringUp(RolloutRef ref, boolean fits) throws IOException {
    var row = threads.findById(ref.thread().value());
    if (row.isEmpty()) {
      return Optional.empty();
    }
    if (!rebuild.bringUp(row.get()).equals(row.get())) {
      return Optional.of(ReconcileOutcome.BROUGHT_UP);
    }
    return fits || rollouts.check(ref).isEmpty()
        ? Optional.of(ReconcileOutcome.UNCHANGED)
        : notARollout(ref);
  }

  /// Reports rows whose rollout is gone. The rows stay, because they are all that is left of their
  /// threads, and the files may come back.
  void findMissingRollouts(ReconcileState run) {
    for (var page = threads.firstLocations(PAGE_SIZE);
        !page.isEmpty() && !run.isOver();
        page = threads.locationsAfter(page.getLast().id(), PAGE_SIZE)) {
      for (var row : page) {
        var ref = rollouts.ref(new ThreadId(row.id()), row.storage().rolloutPath());
        try {
          if (isMissing(ref, row.storage().rolloutBytes()) && isStillMissing(ref.thread())) {
            run.problem(ReconcileOutcome.ROLLOUT_MISSING, ref, "no file is there");
          }
        } catch (OwnedElsewhereException e) {
          log.debug("rollout {} is left to the replica that has the thread", ref.name(), e);
        } catch (IOException e) {
          run.problem(ReconcileOutcome.FAILED, ref, StorageFaults.shortCause(e));
        }
      }
    }
  }

  /// A thread without bytes lacks nothing: it has just been started, or the disk was full.
  private boolean isMissing(RolloutRef ref, long bytes) throws IOException {
    return bytes > 0 && !deleted.contains(ref.thread()) && !rollouts.exists(ref);
  }

  /// Looks again with the thread locked: a move or deletion changes the file before the row.
  private boolean isStillMissing(ThreadId thread) throws IOException {
    return open.withThreadLocked(
        thread,
        isOpen -> {
          var row = threads.findById(thread.value());
          return row.isPresent()
              && isMissing(
                  rollouts.ref(thread, row.get().storage().rolloutPath()),
                  row.get().storage().rolloutBytes());
        });
  }
}
