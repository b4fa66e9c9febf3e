package dev.rollbook.reconcile;

import dev.rollbook.lock.OpenThreads;
import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.ThreadPlace;
import dev.rollbook.statedb.ThreadPlaces;
import dev.rollbook.statedb.ThreadRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.springframework.stereotype.Component;

/// Finds rows whose rollout is gone. They stay: what they say of the thread is all that is left of
/// it, and the file may come back.
@Component
class MissingRollouts {
  private static final int PAGE = 1000;

  private final DeletedThreads deleted;
  private final ThreadPlaces rows;
  private final ThreadRows threads;
  private final Rollouts rollouts;

  /// Asked for late: those who hold threads ask for rows here.
  private final OpenThreads<?> open;

  MissingRollouts(
      DeletedThreads deleted,
      ThreadPlaces rows,
      ThreadRows threads,
      Rollouts rollouts,
      OpenThreads<?> open) {
    this.deleted = deleted;
    this.rows = rows;
    this.threads = threads;
    this.rollouts = rollouts;
    this.open = open;
  }

  void find(Progress progress, BooleanSupplier stopping) {
    var page = rows.page(null, PAGE);
    while (!page.isEmpty() && !stopping.getAsBoolean()) {
      page.forEach(row -> look(row, progress));
      page = rows.page(page.getLast().id(), PAGE);
    }
  }

  private void look(ThreadPlace row, Progress progress) {
    try {
      if (isMissing(row.id(), row.rolloutPath(), row.rolloutBytes()) && isMissingStill(row)) {
        tell(Finding.ROLLOUT_MISSING, row, "no file is there", progress);
      }
    } catch (IOException failed) {
      tell(Finding.FAILED, row, StorageFaults.shortCause(failed), progress);
    }
  }

  private static void tell(Finding finding, ThreadPlace row, String detail, Progress progress) {
    progress.count(finding);
    progress.problem(finding, row.id(), row.rolloutPath(), detail);
  }

  /// A thread that nothing was written of yet lacks nothing: it has just been started, or the disk
  /// was full.
  private boolean isMissing(UUID thread, String path, long bytes) throws IOException {
    return bytes > 0
        && !deleted.contains(thread)
        && !rollouts.exists(rollouts.ref(new ThreadId(thread), path));
  }

  /// It may have been moved or deleted a moment ago, file first.
  private boolean isMissingStill(ThreadPlace place) throws IOException {
    try {
      return open.whileStill(
          new ThreadId(place.id()),
          isOpen ->
              threads
                  .findById(place.id())
                  .filter(row -> {
                    try {
                      return isMissing(row.id(), row.rolloutPath(), row.rolloutBytes());
                    } catch (IOException failed) {
                      throw new UncheckedIOException(failed);
                    }
                  })
                  .isPresent());
    } catch (UncheckedIOException failed) {
      throw failed.getCause();
    }
  }
}
