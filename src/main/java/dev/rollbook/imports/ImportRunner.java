package dev.rollbook.imports;

import dev.rollbook.model.ImportId;
import dev.rollbook.statedb.ImportRows;
import dev.rollbook.worker.Workers;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Runs imports in the background, one after the other, so that the machine stays with those who
/// wait. What a stop interrupts begins anew with the next start, and finds done what was done.
@Component
class ImportRunner implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(ImportRunner.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  static final String WORKER = "imports";

  private final ImportRows rows;
  private final WaitingImports waiting;
  private final ImportWork work;
  private final Pause pause;
  private final Workers workers;
  private final Clock clock;
  private final ConcurrentMap<ImportId, ImportJob> open = new ConcurrentHashMap<>();

  /// Nothing in it stands for a stop.
  private volatile BlockingQueue<Optional<ImportJob>> queue = new LinkedBlockingQueue<>();

  private AtomicBoolean stopping = new AtomicBoolean();
  private boolean running;
  private @Nullable Thread worker;

  ImportRunner(
      ImportRows rows,
      WaitingImports waiting,
      ImportWork work,
      Pause pause,
      Workers workers,
      Clock clock) {
    this.workers = workers;
    this.clock = clock;
    this.rows = rows;
    this.waiting = waiting;
    this.work = work;
    this.pause = pause;
  }

  void submit(ImportJob job) {
    open.put(job.id(), job);
    queue.add(Optional.of(job));
  }

  /// An import that waits or runs.
  Optional<ImportJob> find(ImportId id) {
    return Optional.ofNullable(open.get(id));
  }

  @Override
  public synchronized void start() {
    var before = worker;
    var until = new AtomicBoolean();
    stopping = until;
    var jobs = new LinkedBlockingQueue<Optional<ImportJob>>();
    queue = jobs;
    waiting.find().stream().map(ImportJob::new).forEach(this::submit);
    worker = Thread.ofVirtual().name("imports").start(() -> run(before, until, jobs));
    running = true;
  }

  @Override
  public synchronized void stop() {
    stopping.set(true);
    queue.add(Optional.empty());
    pause.end();
    try {
      if (worker != null && !worker.join(PATIENCE)) {
        log.info("an import is in the middle of a file; it begins that file anew after the start");
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
    open.values().forEach(work::stopped);
    open.clear();
    running = false;
  }

  @Override
  public synchronized boolean isRunning() {
    return running;
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

  /// @param before the worker of an earlier start that may still be in the middle of a file
  private void run(
      @Nullable Thread before, AtomicBoolean until, BlockingQueue<Optional<ImportJob>> jobs) {
    try {
      if (before != null) {
        before.join();
      }
      for (var next = jobs.take(); next.isPresent(); next = jobs.take()) {
        run(next.get(), until);
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }

  /// Whatever happens to one import, the next one is run.
  private void run(ImportJob job, AtomicBoolean until) {
    workers.succeeded(WORKER);
    try {
      work.run(job, until::get);
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
