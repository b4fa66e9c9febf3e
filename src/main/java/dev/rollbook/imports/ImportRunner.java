package dev.rollbook.imports;

import dev.rollbook.model.ImportId;
import dev.rollbook.statedb.ImportRows;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.LinkedBlockingQueue;
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

  private final ImportRows rows;
  private final ImportWork work;
  private final Pause pause;
  private final ConcurrentMap<ImportId, ImportJob> open = new ConcurrentHashMap<>();

  /// Nothing in it stands for a stop.
  private final LinkedBlockingQueue<Optional<ImportJob>> queue = new LinkedBlockingQueue<>();

  private volatile boolean stopping;
  private @Nullable Thread worker;

  ImportRunner(ImportRows rows, ImportWork work, Pause pause) {
    this.rows = rows;
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
    stopping = false;
    queue.clear();
    rows.unfinished().stream().map(ImportJob::new).forEach(this::submit);
    worker = Thread.ofVirtual().name("imports").start(this::run);
  }

  @Override
  public synchronized void stop() {
    stopping = true;
    queue.add(Optional.empty());
    pause.end();
    try {
      if (worker != null && !worker.join(PATIENCE)) {
        log.info("an import is in the middle of a file; it begins that file anew after the start");
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
    open.clear();
    worker = null;
  }

  @Override
  public synchronized boolean isRunning() {
    return worker != null;
  }

  /// Notes how far the imports are.
  @Scheduled(fixedDelay = 1000)
  void note() {
    try {
      open.values().forEach(job -> rows.update(job.progress().row()));
    } catch (DataAccessException | TransactionException away) {
      log.debug("the state-db does not answer, progress of imports waits", away);
    }
  }

  private void run() {
    try {
      for (var next = queue.take(); next.isPresent(); next = queue.take()) {
        var job = next.get();
        work.run(job, () -> stopping);
        if (job.progress().isOver()) {
          open.remove(job.id());
        }
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }
}
