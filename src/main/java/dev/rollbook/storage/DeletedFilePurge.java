package dev.rollbook.storage;

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

/// Removes the bytes of files in the database that were deleted or replaced, in small statements,
/// once nobody reads them.
final class DeletedFilePurge extends BackgroundWorker {
  private static final Logger log = LoggerFactory.getLogger(DeletedFilePurge.class);
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  /// A reader that is just opening the file has found its key already.
  private static final Duration DELETED_BEFORE = Duration.ofSeconds(10);

  private final FileRepository files;
  private final FileClaims claims;

  DeletedFilePurge(FileRepository files, FileClaims claims, WorkerFailures workers) {
    super("storage-purge", ShutdownPhase.REQUESTS, Thread.ofVirtual(), workers);
    this.files = files;
    this.claims = claims;
  }

  @Override
  protected Duration step(WorkerSignal signal) {
    try {
      purge(DELETED_BEFORE, signal);
    } catch (IOException e) {
      log.debug("deleted files are purged later: {}", StorageFaults.shortCause(e));
    }
    return INTERVAL;
  }

  void purge(Duration deletedBefore, WorkerSignal signal) throws IOException {
    for (var key : files.deleted(deletedBefore)) {
      while (!claims.isRead(key) && !signal.isStopped() && files.purge(key)) {
        log.trace("a part of deleted file {} was purged", key);
      }
    }
  }
}
