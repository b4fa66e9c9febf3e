package dev.rollbook.storage;

import dev.rollbook.cluster.ClusterJobs;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.files.FileRepository;
import dev.rollbook.worker.BackgroundWorker;
import dev.rollbook.worker.ShutdownPhase;
import dev.rollbook.worker.WorkerFailures;
import dev.rollbook.worker.WorkerSignal;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/// Removes the bytes of files in the database that were deleted or replaced, in small statements,
/// once nobody reads them. What other replicas read is not known, so if there may be others, files
/// are kept for some minutes.
final class DeletedFilePurge extends BackgroundWorker {
  private static final Logger log = LoggerFactory.getLogger(DeletedFilePurge.class);
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  /// A reader that is just opening the file has found its key already.
  private static final Duration DELETED_BEFORE = Duration.ofSeconds(10);

  private static final Duration DELETED_BEFORE_IN_CLUSTER = Duration.ofMinutes(10);
  private static final String JOB = "purge";

  private final FileRepository files;
  private final FileClaims claims;
  private final ClusterJobs jobs;
  private final Duration deletedBefore;

  /// @param isSole whether no other replica reads files
  DeletedFilePurge(
      FileRepository files,
      FileClaims claims,
      ClusterJobs jobs,
      boolean isSole,
      WorkerFailures workers) {
    super("storage-purge", ShutdownPhase.BACKGROUND, Thread.ofVirtual(), workers);
    this.files = files;
    this.claims = claims;
    this.jobs = jobs;
    this.deletedBefore = isSole ? DELETED_BEFORE : DELETED_BEFORE_IN_CLUSTER;
  }

  @Override
  protected Duration step(WorkerSignal signal) {
    try {
      jobs.tryRun(JOB, INTERVAL, () -> purge(signal));
    } catch (DataAccessException | TransactionException e) {
      log.debug("deleted files are purged later: {}", StorageFaults.shortCause(e));
    }
    return INTERVAL;
  }

  private boolean purge(WorkerSignal signal) {
    try {
      purge(deletedBefore, signal);
      return true;
    } catch (IOException e) {
      log.debug("deleted files are purged later: {}", StorageFaults.shortCause(e));
      return false;
    }
  }

  void purge(Duration deletedBefore, WorkerSignal signal) throws IOException {
    for (var key : files.deleted(deletedBefore)) {
      while (!claims.isRead(key) && !signal.isStopped() && files.purge(key)) {
        log.trace("a part of deleted file {} was purged", key);
      }
    }
  }
}
