package dev.rollbook.codex.ingest;

import dev.rollbook.access.Access;
import dev.rollbook.access.AccessPolicy;
import dev.rollbook.cluster.Replicas;
import dev.rollbook.codex.ingest.ImportView.ImportStatus;
import dev.rollbook.codex.source.RolloutFinder;
import dev.rollbook.model.ImportId;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.ImportRepository;
import dev.rollbook.statedb.availability.StateDbAvailability;
import dev.rollbook.worker.BackgroundWorker;
import dev.rollbook.worker.ShutdownPhase;
import dev.rollbook.worker.WorkerSignal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Background worker that runs imports one after the other, each from its first file to its end.
///
/// If a stop of the service interrupts an import, the import runs again after the next start, or at
/// another replica. The new run imports nothing twice, also if the replica before is only paused.
@Component
class ImportRunner extends BackgroundWorker {
  private static final Logger log = LoggerFactory.getLogger(ImportRunner.class);
  static final String WORKER = "imports";

  /// Retries after one crash, which may have another cause than the import.
  private static final int MAX_CRASHES = 2;

  private static final String CRASHED_TWICE =
      "not resumed: the process crashed twice in a row while this import ran, maybe because of it;"
          + " import its files one by one";

  private static final String UNAVAILABLE =
      "the replica that ran this import is gone, and no other one can read its path";

  private final ImportRepository rows;
  private final Replicas replicas;
  private final UnfinishedImports unfinished;
  private final ImportContextFactory contexts;
  private final RolloutFinder tree;
  private final ImportDirectory directory;
  private final StateDbAvailability stateDb;
  private final ImportRun.Services services;
  private final AccessPolicy policy;
  private final Clock clock;
  private final ConcurrentMap<ImportId, ImportJob> open = new ConcurrentHashMap<>();
  private final Queue<ImportJob> queue = new ConcurrentLinkedQueue<>();

  ImportRunner(
      ImportRepository rows,
      Replicas replicas,
      UnfinishedImports unfinished,
      ImportContextFactory contexts,
      RolloutFinder tree,
      ImportDirectory directory,
      StateDbAvailability stateDb,
      ImportRun.Services services,
      AccessPolicy policy,
      Clock clock) {
    super(WORKER, ShutdownPhase.BACKGROUND, Thread.ofVirtual(), services.workers());
    this.rows = rows;
    this.replicas = replicas;
    this.unfinished = unfinished;
    this.contexts = contexts;
    this.tree = tree;
    this.directory = directory;
    this.stateDb = stateDb;
    this.services = services;
    this.policy = policy;
    this.clock = clock;
  }

  /// An import that this process runs.
  ImportJob job(ImportDirectory.Request request) {
    return new ImportJob(request, replicas.self().id());
  }

  /// Queues an import once: an import that is requested while the service starts is also found
  /// among the unfinished imports of the last process.
  void submit(ImportJob job) {
    if (open.putIfAbsent(job.id(), job) == null) {
      queue.add(job);
      wake();
    }
  }

  /// An import that waits or runs.
  Optional<ImportJob> find(ImportId id) {
    return Optional.ofNullable(open.get(id));
  }

  @Override
  public void start() {
    unfinished.take().forEach(this::submit);
    super.start();
  }

  /// Continues the imports of replicas that are gone.
  @Scheduled(fixedDelay = 2000)
  void takeOver() {
    if (replicas.isSole() || !isRunning()) {
      return;
    }
    try {
      for (var job : unfinished.takeOver()) {
        log.info("import {} of {} goes on here: its replica is gone", job.id(), job.path());
        submit(job);
      }
    } catch (DataAccessException | TransactionException e) {
      log.debug("imports of other replicas are looked for later", e);
    }
  }

  @Override
  public void stop() {
    super.stop();
    queue.clear();
    // A regular stop in the middle of a file must not count as a crash of the import.
    open.keySet().forEach(directory::unmarkRunning);
    open.clear();
    giveUp();
  }

  /// Lets other replicas go on at once.
  private void giveUp() {
    try {
      if (!replicas.isSole()) {
        rows.giveUp(replicas.self().id());
      }
    } catch (DataAccessException | TransactionException e) {
      log.debug("imports go on elsewhere once this replica is gone", e);
    }
  }

  @Override
  protected Duration step(WorkerSignal signal) {
    var next = queue.poll();
    if (next == null) {
      return UNTIL_WOKEN;
    }
    run(next, signal);
    return Duration.ZERO;
  }

  /// Writes the progress of open imports to the state-db.
  @Scheduled(fixedDelay = 1000)
  void saveProgress() {
    try {
      cancelRequested();
      for (var job : open.values()) {
        boolean over = job.isOver();
        save(job);
        if (over || job.isLost()) {
          open.remove(job.id());
        }
      }
    } catch (DataAccessException | TransactionException e) {
      log.debug("progress of imports is not saved while the state-db is unavailable", e);
    }
  }

  private void cancelRequested() {
    if (!open.isEmpty()) {
      rows.cancelledAmong(open.keySet().stream().map(ImportId::value).toList()).stream()
          .map(ImportId::new)
          .map(open::get)
          .filter(Objects::nonNull)
          .forEach(ImportJob::cancel);
    }
  }

  /// Another replica may have taken the import over. The state-db may also have lost what it had
  /// committed, such as the row or its replica.
  private void save(ImportJob job) {
    if (job.isLost() || job.save(rows)) {
      return;
    }
    var row = rows.findById(job.id().value()).orElse(null);
    if (row == null || replicas.self().id().equals(row.replica())) {
      return;
    }
    if (row.replica() != null && replicas.isAlive(row.replica())) {
      log.info("import {} of {} is run by another replica from now on", job.id(), job.path());
      job.lost();
    } else if (rows.take(row.id(), row.replica(), replicas.self().id()) == 1) {
      job.save(rows);
    }
  }

  /// No failure of one import keeps the next one from running.
  private void run(ImportJob job, WorkerSignal signal) {
    services.workers().succeeded(WORKER);
    try {
      runToEnd(job, signal);
      if (job.isOver() || job.isLost()) {
        open.remove(job.id());
      }
    } catch (RuntimeException | Error e) {
      services.workers().failed(WORKER, e);
      // saveProgress saves and removes it as soon as the state-db answers.
      job.ended(ImportStatus.FAILED, "ended early: " + e, clock.instant());
    }
  }

  private void runToEnd(ImportJob job, WorkerSignal signal) {
    job.started(clock.instant());
    boolean crashed = directory.crashesDuring(job.id()) >= MAX_CRASHES;
    var error = crashed ? CRASHED_TWICE : runMarked(job, signal);
    if (job.isLost() || (signal.isStopped() && !job.isCancelled())) {
      return;
    }
    var status =
        job.isCancelled()
            ? ImportStatus.CANCELLED
            : error == null ? ImportStatus.DONE : ImportStatus.FAILED;
    job.ended(status, error, clock.instant());
    if (saveDurably(job, signal)) {
      removeFiles(job);
    }
    directory.unmarkRunning(job.id());
    log.info("import {} of {} {}: {}", job.id(), job.path(), status.wireName(), job);
  }

  /// @return why the import ended before all of its files were tried; null if it did not
  private @Nullable String runMarked(ImportJob job, WorkerSignal signal) {
    directory.markRunning(job.id());
    try {
      if (job.isUpload()) {
        runUpload(job, signal);
      } else {
        runPath(job, signal);
      }
      return null;
    } catch (IOException e) {
      return job.isTakenOver() && !unfinished.isAvailable(job.row())
          ? UNAVAILABLE
          : ImportFailedException.cause(e);
    } catch (RuntimeException | Error e) {
      services.workers().failed(WORKER, e);
      return "ended early: " + e;
    } finally {
      directory.unmarkRunning(job.id());
    }
  }

  private void runPath(ImportJob job, WorkerSignal signal) throws IOException {
    var path =
        services
            .roots()
            .resolve(Path.of(job.path()))
            .orElseThrow(() -> new ImportFailedException("lies outside of rollbook.import.roots"));
    var run = new ImportRun(job, services, contexts.around(path, access(job)), signal);
    var file = services.identity().of(path);
    if (file.isPresent()) {
      run.found(file.get());
    } else {
      tree.visit(path, run);
    }
    run.end();
    run.requireFiles();
  }

  /// Not that of the request: a caller that sees all tenants imports into its own one.
  private Access access(ImportJob job) {
    return policy.of(job.owner());
  }

  private void runUpload(ImportJob job, WorkerSignal signal) throws IOException {
    var file =
        directory
            .findUpload(job.id(), job.path())
            .orElseThrow(
                () -> new ImportFailedException("the upload no longer exists: send it again"));
    var run = new ImportRun(job, services, ImportContext.ofUpload(access(job)), signal);
    run.found(file);
    run.end();
  }

  /// @return false if the service stops first; then the import runs again after the next start
  private boolean saveDurably(ImportJob job, WorkerSignal signal) {
    while (!signal.isStopped() && !job.isLost()) {
      try {
        save(job);
        if (!job.isLost() && stateDb.store()) {
          return true;
        }
      } catch (DataAccessException | TransactionException e) {
        log.debug("the end of import {} is saved once the state-db answers", job.id(), e);
      }
      signal.pause(ImportRun.RETRY_PAUSE);
    }
    return false;
  }

  /// Removes the upload before its request: as long as the request exists, the next start removes
  /// the rest.
  private void removeFiles(ImportJob job) {
    try {
      if (job.isUpload()) {
        directory.removeUpload(job.id(), job.path());
      }
      directory.removeRequest(job.id());
    } catch (IOException e) {
      log.warn(
          "files of import {} in the data-dir could not be deleted: {}; the next start deletes them",
          job.id(),
          StorageFaults.shortCause(e));
    }
  }
}
