package dev.rollbook.storage;

import dev.rollbook.model.StartupException;
import dev.rollbook.rollout.datadir.ProcessLock;
import dev.rollbook.statedb.RowFence;
import dev.rollbook.statedb.files.LeaseRepository;
import dev.rollbook.statedb.files.LeaseRepository.Lease;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lease of the files in the database: keeps a second process from writing them, as the lock of the
/// data-dir does for files on the local disk.
///
/// The holder increments a counter, its beat. Another process that starts watches the beat for
/// [#SILENCE] of its own time, and takes over only if the beat stood still. No clocks of two
/// machines are compared.
///
/// A holder that was only paused may still write when it wakes up. It cannot do harm: each lease
/// has its own epoch, and a file that a later epoch has opened refuses writes of an earlier one.
final class StorageLease implements WriteFence, RowFence, ProcessLock, AutoCloseable {
  static final Duration SILENCE = Duration.ofSeconds(2);

  private static final Logger log = LoggerFactory.getLogger(StorageLease.class);
  private static final Duration BEAT = Duration.ofMillis(400);

  private final LeaseRepository leases;
  private final Runnable lostAction;
  private final long epoch;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread worker;
  private final String holder;
  private volatile String address = "";
  private volatile boolean lost;

  private StorageLease(LeaseRepository leases, String holder, long epoch, Runnable lostAction) {
    this.leases = leases;
    this.holder = holder;
    this.epoch = epoch;
    this.lostAction = lostAction;
    this.worker = Thread.ofPlatform().daemon().name("storage-lease").start(this::run);
  }

  /// Waits until the lease is free, and acquires it.
  ///
  /// @param holder for the message that another process ends with
  /// @param lostAction called if another process has taken over, and again every 0.4 s, because a
  ///   start that is still going on may undo what it does
  /// @throws StartupException if another process has it
  static StorageLease acquire(LeaseRepository leases, String holder, Runnable lostAction)
      throws IOException, InterruptedException {
    var seen = leases.find().orElse(null);
    if (seen == null && leases.create(new Lease(1, 0, holder))) {
      return new StorageLease(leases, holder, 1, lostAction);
    }
    if (seen != null && seen.holder() != null) {
      log.info(
          "the files in the database were last written by {}; checking whether it is still running",
          seen.holder());
      awaitSilence(leases, seen);
    }
    var next = new Lease(seen == null ? 1 : seen.epoch() + 1, 0, holder);
    if (seen == null || !leases.replace(seen, next)) {
      throw inUse(leases.find().orElse(seen));
    }
    return new StorageLease(leases, holder, next.epoch(), lostAction);
  }

  private static void awaitSilence(LeaseRepository leases, Lease seen)
      throws IOException, InterruptedException {
    long begun = System.nanoTime();
    while (System.nanoTime() - begun < SILENCE.toNanos()) {
      Thread.sleep(BEAT.dividedBy(2));
      var now = leases.find().orElse(null);
      if (!seen.equals(now)) {
        throw inUse(now);
      }
    }
  }

  private static StartupException inUse(@Nullable Lease other) {
    return new StartupException(
        "The files in the database are in use by another Rollbook: %s."
            .formatted(
                other == null || other.holder() == null ? "one that just started" : other.holder()),
        "Stop that one first, or give this one a database of its own with spring.datasource.url."
            + " After a crash, a start is possible two seconds later.");
  }

  @Override
  public long epoch() {
    return epoch;
  }

  @Override
  public void requireHeld() throws IOException {
    requireNotLost();
    if (leases.find().map(Lease::epoch).orElse(0L) != epoch) {
      throw lost();
    }
  }

  @Override
  public void requireNotLost() throws IOException {
    if (lost) {
      throw lost();
    }
  }

  private static IOException lost() {
    return new IOException("another Rollbook writes the files in the database");
  }

  /// Whether another process has taken over.
  boolean isLost() {
    return lost;
  }

  @Override
  public void listensOn(String given) {
    address = ", listening on " + given;
  }

  private void run() {
    while (!isClosedAfter(BEAT)) {
      try {
        beatOnce();
      } catch (IOException | RuntimeException e) {
        log.debug("the lease of the files in the database cannot be renewed", e);
      }
    }
  }

  private boolean isClosedAfter(Duration pause) {
    try {
      return closed.await(pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return true;
    }
  }

  private void beatOnce() throws IOException {
    if (lost) {
      lostAction.run();
    } else {
      beat();
    }
  }

  void beat() throws IOException {
    if (!leases.beat(epoch, holder + address)) {
      lost = true;
      log.error(
          "another Rollbook has taken over the files in the database, because this one did not"
              + " answer for {} s: nothing is written any more; restart this process",
          SILENCE.toSeconds());
      lostAction.run();
    }
  }

  /// Ends the beats, as the death of the process would.
  void endBeats() {
    closed.countDown();
    try {
      worker.join(SILENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    endBeats();
    try {
      leases.release(epoch);
    } catch (IOException e) {
      log.debug("the lease of the files in the database ends two seconds later", e);
    }
  }
}
