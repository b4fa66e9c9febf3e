package dev.rollbook.imports;

import dev.rollbook.model.ImportId;
import dev.rollbook.statedb.ImportRows;
import dev.rollbook.worker.BackgroundWorker;
import dev.rollbook.worker.Pause;
import dev.rollbook.worker.ShutdownPhase;
import dev.rollbook.worker.Workers;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Runs imports in the background, one after the other, so that the machine stays with those who
/// wait. What a stop interrupts begins anew with the next start, and finds done what was done.
@Component
class ImportRunner extends BackgroundWorker {
  private static final Logger log = LoggerFactory.getLogger(ImportRunner.class);
  static final String WORKER = "imports";

  private final ImportRows rows;
  private final WaitingImports waiting;
  private final ImportWork work;
  private final Workers workers;
  private final Clock clock;
  private final ConcurrentMap<ImportId, ImportJob> open = new ConcurrentHashMap<>();
  private final Queue<ImportJob> queue = new ConcurrentLinkedQueue<>();

  ImportRunner(
      ImportRows rows, WaitingImports waiting, ImportWork work, Workers workers, Clock clock) {
    super(WORKER, ShutdownPhase.REQUESTS, Thread.ofVirtual(), workers);
    this.workers = workers;
    this.clock = clock;
    this.rows = rows;
    this.waiting = waiting;
    this.work = work;
  }

  /// Runs an import after those before it, once: one that is asked for while the service starts is
  /// found among those of the last process, too.
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
    waiting.find().stream().map(ImportJob::new).forEach(this::submit);
    super.start();
  }

  @Override
  public void stop() {
    super.stop();
    queue.clear();
    open.values().forEach(work::stopped);
    open.clear();
  }

  @Override
  protected Duration step(Pause pause) {
    var next = queue.poll();
    if (next == null) {
      return UNTIL_WOKEN;
    }
    run(next, pause);
    return Duration.ZERO;
  }

  /// Notes how far the imports are.
  @Scheduled(fixedDelay = 1000)
  void note() {
    try {
      open.values().forEach(this::save);
    } catch (DataAccessException | TransactionException away) {
      log.debug("the state-db does not answer, progress of imports waits", away);
    }
  }

  private void save(ImportJob job) {
    boolean over = job.progress().isOver();
    job.save(rows);
    if (over) {
      open.remove(job.id());
    }
  }

  /// Whatever happens to one import, the next one is run.
  private void run(ImportJob job, Pause pause) {
    workers.succeeded(WORKER);
    try {
      work.run(job, pause);
      if (job.progress().isOver()) {
        open.remove(job.id());
      }
    } catch (RuntimeException | Error e) {
      workers.failed(WORKER, e);
      // It is saved, and forgotten, as soon as that works.
      job.progress().ended(ImportStatus.FAILED, "ended early: " + e, clock.instant());
    }
  }
}
