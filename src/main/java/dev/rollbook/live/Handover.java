package dev.rollbook.live;

import dev.rollbook.cluster.ThreadHandover;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/// First part of the stop of a replica that has peers: all threads leave the memory, so that the
/// peers go on with them. Nothing is skipped, and turns in progress go on.
///
/// Requests are handled meanwhile, also late ones: here as long as their thread is in memory, then
/// by the peer to which they are passed on. A thread that cannot be saved stays, and the stop goes
/// on without it: peers claim it when this process has ended.
@Component
class Handover {
  private static final Logger log = LoggerFactory.getLogger(Handover.class);

  /// Threads that are without an owner at the same time, while the database is told.
  private static final int BATCH_SIZE = 64;

  private static final Duration PAUSE = Duration.ofMillis(50);

  /// How long to wait for a database that does not answer, or for a thread that is locked.
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final LiveThreads threads;
  private final RowFlusher rows;
  private final ObjectProvider<ThreadHandover> ownership;

  Handover(LiveThreads threads, RowFlusher rows, ObjectProvider<ThreadHandover> ownership) {
    this.threads = threads;
    this.rows = rows;
    this.ownership = ownership;
  }

  /// Hands all threads over, and goes on passing calls on for a while. Does nothing if no other
  /// replica lives.
  ///
  /// @param most how long the handover may take
  /// @return how long calls were passed on, in addition
  Duration run(Duration most) throws InterruptedException {
    var owned = ownership.getIfAvailable();
    if (owned == null || !owned.begin()) {
      return Duration.ZERO;
    }
    long begun = System.nanoTime();
    long until = begun + most.toNanos();
    int before = threads.all().size();
    int left = handOver(owned, before, until);
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    if (left > 0) {
      log.warn(
          "{} of {} threads cannot be given up to other replicas, which take them over when this"
              + " process has ended",
          left,
          before);
    } else {
      log.info(
          "{} threads were given up to other replicas in {} ms; calls are passed on for {} ms",
          before,
          millis,
          owned.drainTime().toMillis());
    }
    passOn(owned);
    return owned.drainTime();
  }

  /// @param all number of threads at the begin
  /// @return the number of threads that stay, or are not given up in the database
  private int handOver(ThreadHandover owned, int all, long until) throws InterruptedException {
    long progressAt = System.nanoTime();
    int least = Integer.MAX_VALUE;
    while (true) {
      boolean isToldAll = handOverOnce(owned, until);
      int left = count();
      if (left == 0 && isToldAll) {
        return 0;
      }
      long now = System.nanoTime();
      if (left < least) {
        least = left;
        progressAt = now;
      }
      if (now - until > 0 || now - progressAt > PATIENCE.toNanos()) {
        return isToldAll ? left : Math.max(left, all);
      }
      Thread.sleep(PAUSE);
    }
  }

  /// Goes on with threads that were loaded since: by calls that had begun before, or because no
  /// peer is left.
  private void passOn(ThreadHandover owned) throws InterruptedException {
    long until = System.nanoTime() + owned.drainTime().toNanos();
    while (System.nanoTime() - until < 0) {
      Thread.sleep(PAUSE);
      if (count() > 0) {
        handOverOnce(owned, until);
      }
    }
  }

  /// A deleted thread is not needed elsewhere.
  private int count() {
    return (int) threads.all().stream().filter(thread -> !thread.isDeleted()).count();
  }

  /// @return whether the database knows of all threads that have left the memory
  private boolean handOverOnce(ThreadHandover owned, long until) throws InterruptedException {
    rows.flush();
    boolean isToldAll = owned.giveUpIdle();
    var loaded = List.copyOf(threads.all());
    for (int from = 0; from < loaded.size(); from += BATCH_SIZE) {
      unload(loaded.subList(from, Math.min(loaded.size(), from + BATCH_SIZE)), until);
      isToldAll = owned.giveUpIdle();
    }
    return isToldAll;
  }

  /// At the same time, because each may ask the database, and one may be locked for long.
  private void unload(List<LiveThread> some, long until) throws InterruptedException {
    var ended = new CountDownLatch(some.size());
    for (var thread : some) {
      Thread.startVirtualThread(() -> {
        try {
          unload(thread);
        } finally {
          ended.countDown();
        }
      });
    }
    long most = Math.min(PATIENCE.toNanos(), until - System.nanoTime());
    if (!ended.await(most, TimeUnit.NANOSECONDS)) {
      log.debug("some threads are locked for long");
    }
  }

  private void unload(LiveThread thread) {
    try {
      if (thread.handOver()) {
        threads.unloaded(thread);
      }
    } catch (IOException | RuntimeException e) {
      log.debug("thread {} cannot be given up now: {}", thread.id(), StorageFaults.shortCause(e));
    }
  }
}
