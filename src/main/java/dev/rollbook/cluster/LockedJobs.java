package dev.rollbook.cluster;

import dev.rollbook.statedb.files.JobLocks;
import dev.rollbook.statedb.files.JobLocks.JobRow;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;
import net.javacrumbs.shedlock.core.ExtensibleLockProvider;
import net.javacrumbs.shedlock.core.LockConfiguration;
import net.javacrumbs.shedlock.core.LockProvider;
import net.javacrumbs.shedlock.core.SimpleLock;
import net.javacrumbs.shedlock.support.KeepAliveLockProvider;
import net.javacrumbs.shedlock.support.LockException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Jobs under a lock in the database, with ShedLock.
///
/// A lock expires by the clock of the database, and is extended while the job runs. So the job of a
/// replica that is gone is run by another one up to [#EXPIRY] later.
final class LockedJobs implements ClusterJobs, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LockedJobs.class);

  /// The least that ShedLock extends.
  private static final Duration EXPIRY = Duration.ofSeconds(30);

  private static final Duration RETRY_PAUSE = Duration.ofSeconds(2);

  /// More than jobs that run at the same time: an extension that is retried delays no other one.
  private static final int EXTENSIONS = 8;

  private final JobLocks rows;
  private final String self;
  private final LockProvider locks;
  private final Runnable forget;
  private final ScheduledExecutorService extensions =
      Executors.newScheduledThreadPool(
          EXTENSIONS, Thread.ofPlatform().daemon().name("job-locks-", 0).factory());

  /// @param forget makes the provider forget which rows of jobs there are
  LockedJobs(JobLocks rows, UUID self, ExtensibleLockProvider provider, Runnable forget) {
    this.rows = rows;
    this.self = self.toString();
    this.forget = forget;
    this.locks =
        new KeepAliveLockProvider(
            job -> provider.lock(job).map(lock -> new RetriedLock(lock, RETRY_PAUSE)), extensions);
  }

  static LockedJobs of(JobLocks rows, UUID self) {
    var provider = rows.provider(self.toString());
    return new LockedJobs(rows, self, provider, provider::clearCache);
  }

  @Override
  public boolean tryRun(String job, Duration interval, BooleanSupplier work) {
    if (!isDue(job, interval)) {
      return false;
    }
    var lock = lock(job);
    if (lock.isEmpty()) {
      return false;
    }
    try {
      // Another replica may have run it since.
      if (!isDue(job, interval)) {
        return false;
      }
      if (work.getAsBoolean()) {
        rows.ended(job, self);
      }
      return true;
    } catch (IOException e) {
      log.debug("other replicas do not learn that job {} has ended", job, e);
      return true;
    } finally {
      unlock(job, lock.get());
    }
  }

  /// Not with ShedLock's `lockAtLeastFor`, which would also count a run whose replica was killed.
  private boolean isDue(String job, Duration interval) {
    try {
      var since = interval.isZero() ? null : rows.find(job).map(JobRow::sinceEnd).orElse(null);
      return since == null || since.compareTo(interval) >= 0;
    } catch (IOException e) {
      throw failure(job, e);
    }
  }

  private Optional<SimpleLock> lock(String job) {
    try {
      // The database may have lost the row of the job, which would never be inserted again.
      forget.run();
      return locks.lock(new LockConfiguration(Instant.now(), job, EXPIRY, Duration.ZERO));
    } catch (LockException e) {
      throw failure(job, e);
    }
  }

  /// A lock that could not be extended is not valid any more, which ShedLock reports as a failure.
  private static void unlock(String job, SimpleLock lock) {
    try {
      lock.unlock();
    } catch (RuntimeException e) {
      log.debug("the lock of job {} expires later", job, e);
    }
  }

  @Override
  public Peer peerRun(String job) {
    try {
      return rows.find(job).map(row -> new Peer(row.isLocked(), row.ended())).orElse(Peer.NONE);
    } catch (IOException e) {
      throw failure(job, e);
    }
  }

  private static RuntimeException failure(String job, Exception e) {
    return DatabaseFailures.of(e, "job %s cannot be locked".formatted(job));
  }

  @Override
  public void close() {
    extensions.shutdownNow();
  }
}
