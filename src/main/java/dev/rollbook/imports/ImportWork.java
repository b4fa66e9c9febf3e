package dev.rollbook.imports;

import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.source.ImportRequests;
import dev.rollbook.source.SourceTree;
import dev.rollbook.source.UploadedRollouts;
import dev.rollbook.statedb.ImportRows;
import dev.rollbook.statedb.StoredCommits;
import dev.rollbook.worker.Pause;
import dev.rollbook.worker.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Does what an import asks for, from its first file to its end.
@Component
class ImportWork {
  private static final Logger log = LoggerFactory.getLogger(ImportWork.class);

  /// The process may be killed for another reason once.
  private static final int MOST_DEATHS = 2;

  private static final String DEADLY =
      "not resumed: the process ended twice in a row while this import ran, maybe because of it;"
          + " import its files one by one";

  private final ImportRows rows;
  private final Homes homes;
  private final SourceTree tree;
  private final UploadedRollouts uploads;
  private final ImportRequests requests;
  private final StoredCommits stored;
  private final UnendedRuns runs;
  private final Workers workers;
  private final ImportTools tools;
  private final Clock clock;

  ImportWork(
      ImportRows rows,
      Homes homes,
      SourceTree tree,
      UploadedRollouts uploads,
      ImportRequests requests,
      StoredCommits stored,
      UnendedRuns runs,
      Workers workers,
      ImportTools tools,
      Clock clock) {
    this.runs = runs;
    this.workers = workers;
    this.rows = rows;
    this.homes = homes;
    this.tree = tree;
    this.uploads = uploads;
    this.requests = requests;
    this.stored = stored;
    this.tools = tools;
    this.clock = clock;
  }

  void run(ImportJob job, Pause pause) {
    job.progress().started(clock.instant());
    int deaths = runs.of(job.id());
    var error = deaths < MOST_DEATHS ? counted(job, pause) : DEADLY;
    if (pause.isStopped() && !job.isCancelled()) {
      return;
    }
    var status =
        job.isCancelled()
            ? ImportStatus.CANCELLED
            : error == null ? ImportStatus.DONE : ImportStatus.FAILED;
    job.progress().ended(status, error, clock.instant());
    if (save(job, pause)) {
      forget(job);
    }
    runs.end(job.id());
    log.info("import {} of {} {}: {}", job.id(), job.path(), status.wireName(), job.progress());
  }

  private @Nullable String counted(ImportJob job, Pause pause) {
    runs.begin(job.id());
    try {
      return attempt(job, pause);
    } finally {
      runs.end(job.id());
    }
  }

  /// The service stops in the middle of a file, which is no fault of the import.
  void stopped(ImportJob job) {
    runs.end(job.id());
  }

  /// @return why nothing could be done; null where all was done that could be
  private @Nullable String attempt(ImportJob job, Pause pause) {
    try {
      if (job.isUpload()) {
        upload(job, pause);
      } else {
        path(job, pause);
      }
      return null;
    } catch (IOException failed) {
      return ImportFailedException.cause(failed);
    } catch (RuntimeException | Error unexpected) {
      workers.failed(ImportRunner.WORKER, unexpected);
      return "ended early: " + unexpected;
    }
  }

  private void path(ImportJob job, Pause pause) throws IOException {
    var path =
        tools
            .roots()
            .resolve(Path.of(job.path()))
            .orElseThrow(() -> new ImportFailedException("lies outside of rollbook.import.roots"));
    var run = new ImportRun(job, tools, homes.around(path), pause);
    var file = tools.identity().of(path);
    if (file.isPresent()) {
      run.found(file.get());
    } else {
      tree.visit(path, run);
    }
    run.end();
    run.requireFiles();
  }

  private void upload(ImportJob job, Pause pause) throws IOException {
    var file =
        uploads
            .find(job.id(), job.path())
            .orElseThrow(() ->
                new ImportFailedException("what was sent is not here any more: send it again"));
    var run = new ImportRun(job, tools, Surroundings.NONE, pause);
    run.found(file);
    run.end();
  }

  /// @return whether the end survives a kill; if not, the import runs again after the next start
  private boolean save(ImportJob job, Pause pause) {
    while (!pause.isStopped()) {
      try {
        job.save(rows);
        if (stored.storeNow()) {
          return true;
        }
      } catch (DataAccessException | TransactionException away) {
        log.debug("the end of import {} waits for the state-db", job.id(), away);
      }
      pause.rest(ImportRun.RETRY_PAUSE);
    }
    return false;
  }

  /// The upload goes first: while its request is there, what is left is removed at the next start.
  private void forget(ImportJob job) {
    try {
      if (job.isUpload()) {
        uploads.remove(job.id(), job.path());
      }
      requests.remove(job.id());
    } catch (IOException failed) {
      log.warn(
          "what was kept for import {} could not be removed: {}; it is removed at the next start",
          job.id(),
          StorageFaults.shortCause(failed));
    }
  }
}
