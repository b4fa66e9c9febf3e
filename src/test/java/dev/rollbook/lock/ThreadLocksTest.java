package dev.rollbook.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.ThreadId;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What is done to one thread is done one after the other, and holds up no other thread.
@Timeout(60)
class ThreadLocksTest {
  private static final ThreadId ID = ThreadId.next();

  private final ThreadLocks locks = new ThreadLocks();
  private int counter;

  @Test
  void actionsOnOneThreadAreSerializedAndLeaveNoLockBehind() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var done = new ArrayList<Future<Integer>>();
      for (int n = 0; n < 1000; n++) {
        done.add(threads.submit(() -> locks.holding(ID, () -> counter = counter + 1)));
      }
      for (var each : done) {
        each.get();
      }
    }

    assertThat(counter).isEqualTo(1000);
    assertThat(locks.count()).isZero();
  }

  /// Of 2000 ids many share a bin of any hash table.
  @Test
  void aLongActionBlocksNoOtherThreadAndIsReentrant() throws Exception {
    var reached = new CountDownLatch(1);
    var letGo = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var slow =
          threads.submit(() ->
              locks.holding(
                  ID,
                  () -> {
                    reached.countDown();
                    letGo.await();
                    return locks.holding(ID, () -> "again");
                  }));
      reached.await();
      for (int n = 0; n < 2000; n++) {
        locks.holding(ThreadId.next(), () -> counter = counter + 1);
      }
      letGo.countDown();

      assertThat(slow.get()).isEqualTo("again");
    }
    assertThat(counter).isEqualTo(2000);
    assertThat(locks.count()).isZero();
  }

  @Test
  void anActionThatThrowsReleasesItsLock() {
    assertThatThrownBy(() ->
            locks.holding(
                ID,
                () -> {
                  throw new IllegalStateException("not really");
                }))
        .isInstanceOf(IllegalStateException.class);

    assertThat(locks.count()).isZero();
  }
}
