package dev.rollbook.codex.ingest;

import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.codex.source.RolloutFinder;
import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.codex.source.SourceRoots;
import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RollbookException.ThreadIdTaken;
import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TurnInProgress;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.worker.WorkerFailures;
import dev.rollbook.worker.WorkerSignal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// One run of an import through all its files. If a file cannot be imported, the run continues with
/// the next file.
final class ImportRun implements RolloutFinder.Visitor {
  private static final Logger log = LoggerFactory.getLogger(ImportRun.class);

  /// Pause before an operation that failed because of the disk or the state-db is repeated.
  static final Duration RETRY_PAUSE = Duration.ofSeconds(2);

  /// Attempts to import a rollout whose thread another replica has in memory.
  private static final int MAX_ATTEMPTS = 30;

  /// Number of files that share one fsync.
  private static final int FILES_PER_SYNC = 256;

  private final ImportJob job;
  private final Services services;
  private final ImportContext context;
  private final WorkerSignal signal;
  private final NonRolloutFiles others;
  private final List<SourceFile> taken = new ArrayList<>();
  private final Set<ThreadId> unsaved = new HashSet<>();

  ImportRun(ImportJob job, Services services, ImportContext context, WorkerSignal signal) {
    this.job = job;
    this.services = services;
    this.context = context;
    this.signal = signal;
    this.others = new NonRolloutFiles(services.identity());
  }

  /// Services that all runs share.
  @Component
  record Services(
      RolloutImporter threads,
      RolloutIdentifier identity,
      ImportedFiles seen,
      DeletedThreads deleted,
      SourceStateSync states,
      Rollouts rollouts,
      SourceRoots roots,
      WorkerFailures workers,
      ImportMeters meters) {}

  @Override
  public boolean admits(Path real) throws IOException {
    return services.roots().resolve(real).isPresent();
  }

  @Override
  public boolean isDone() {
    return job.isCancelled() || job.isLost() || signal.isStopped();
  }

  @Override
  public void failed(Path path, String cause) {
    job.seen();
    job.failed(path.toString(), cause);
  }

  @Override
  public void other(Path real) {
    others.add(real);
    if (NonRolloutFiles.looksLikeRollout(real)) {
      job.problem(
          real.toString(),
          "skipped: it does not have the name of a rollout; if it is one, import it by its path");
    }
  }

  /// @throws ImportFailedException if no rollout was found; the message says what was found instead
  void requireFiles() throws ImportFailedException {
    if (!isDone() && !job.hasSeenFiles()) {
      throw new ImportFailedException(others.nothingToImport());
    }
  }

  @Override
  public void found(SourceFile file) {
    job.seen();
    boolean isRepeated = false;
    int attempts = 0;
    while (!isDone()) {
      attempts++;
      try {
        take(file);
        return;
      } catch (DuplicateKeyException e) {
        // Repeated once, because a caller may just have created the thread of the file.
        if (isRepeated) {
          fail(file, "an id that the import needs is that of another thread");
          return;
        }
        isRepeated = true;
      } catch (DataAccessException | TransactionException e) {
        log.debug("import {} waits for the state-db", job.id(), e);
        retryLater("waits: the state-db does not answer");
      } catch (PersistenceUnavailable e) {
        if (!e.reason().isStorageFault()) {
          fail(file, e.detail());
          return;
        }
        retryLater("waits: " + e.detail());
      } catch (TooManyRequests e) {
        retryLater("waits: " + e.detail());
      } catch (OwnedElsewhereException e) {
        if (attempts >= MAX_ATTEMPTS) {
          log.debug("import {} passes over {}", job.id(), file.path(), e);
          fail(file, "its thread is in memory of another replica: import it again later");
          return;
        }
        retryLater("waits: " + e.getMessage());
      } catch (ThreadIdTaken e) {
        fail(file, e.detail());
        return;
      } catch (RollbookException e) {
        if (services.deleted().contains(file.thread())) {
          passOver(file);
        } else {
          fail(file, e.detail());
        }
        return;
      } catch (IOException e) {
        if (!StorageFaults.isFull(e)) {
          fail(file, ImportFailedException.cause(e));
          return;
        }
        retryLater("waits: no space left in the data-dir");
      } catch (RuntimeException | Error e) {
        log.debug("import {} failed at {}", job.id(), file.path(), e);
        services.workers().failed(ImportRunner.WORKER, e);
        fail(file, "cannot be imported: " + e);
        return;
      }
    }
  }

  private void take(SourceFile file) throws IOException {
    services.threads().requireVisible(file, context);
    if (services.deleted().contains(file.thread())) {
      passOver(file);
      return;
    }
    if (!job.isUpload() && services.seen().isAsItWas(file)) {
      services.threads().name(file, context);
      job.unchanged(file.size());
      return;
    }
    var imported = archivedAsThere(file, services.threads().take(file, context, false));
    unsaved.add(file.thread());
    if (!job.isUpload() && imported.remark() == null) {
      taken.add(file);
    }
    if (unsaved.size() >= FILES_PER_SYNC) {
      flush();
    }
    job.done(name(file), file.size(), imported);
    services.meters().imported(imported);
  }

  private ImportResult archivedAsThere(SourceFile file, ImportResult imported) {
    if (job.isUpload()) {
      return imported;
    }
    try {
      services.states().syncArchived(context.access(), file, services.seen().wasArchived(file));
      return imported;
    } catch (TurnInProgress e) {
      log.debug("thread {} is archived or brought back later", file.thread(), e);
      return imported.with(
          imported.remark() == null
              ? "a turn of its thread is in progress: import it again after the turn, to archive or unarchive"
                  + " the thread"
              : imported.remark());
    }
  }

  /// Waits until everything imported is durable and visible to readers.
  void end() {
    while (!signal.isStopped() && !job.isLost()) {
      try {
        if (flush()) {
          return;
        }
        retryLater("waits: the state-db does not answer");
      } catch (DataAccessException | TransactionException e) {
        log.debug("the end of import {} waits for the state-db", job.id(), e);
        retryLater("waits: the state-db does not answer");
      }
    }
  }

  /// Makes imported threads and their rows durable, and then records their files as imported.
  ///
  /// @return false if the state-db is unavailable
  private boolean flush() {
    services.rollouts().force();
    if (!unsaved.stream().allMatch(services.threads()::saveRows)) {
      return false;
    }
    unsaved.clear();
    taken.forEach(services.seen()::note);
    taken.clear();
    return true;
  }

  /// @param reason shown as the import's `error` while it waits
  private void retryLater(String reason) {
    job.waiting(reason);
    signal.pause(RETRY_PAUSE);
    job.waiting(null);
  }

  /// Skips a file whose thread was deleted in Rollbook.
  private void passOver(SourceFile file) {
    job.deleted(name(file));
    services.meters().deleted();
  }

  private void fail(SourceFile file, String cause) {
    job.failed(name(file), cause);
    services.meters().failed();
  }

  private String name(SourceFile file) {
    return job.isUpload() ? job.path() : file.path().toString();
  }
}
