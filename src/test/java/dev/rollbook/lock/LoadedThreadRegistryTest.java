package dev.rollbook.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.ThreadId;
import java.util.HashSet;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// There is one object for a thread, and nobody makes one while the thread is held still.
@Timeout(60)
class LoadedThreadRegistryTest {
  private static final ThreadId ID = ThreadId.next();

  private final CountingOwnership owner = new CountingOwnership();
  private final LoadedThreadRegistry<TestThread> threads = new LoadedThreadRegistry<>(owner);
  private final AtomicInteger made = new AtomicInteger();

  @Test
  void concurrentLoadsOfAThreadGetTheSameObject() throws Exception {
    var opened = new HashSet<TestThread>();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<TestThread> open = () -> threads.open(ID, () -> {}, this::make);
      for (var each : executor.invokeAll(Stream.generate(() -> open).limit(200).toList())) {
        opened.add(each.get());
      }
    }

    assertThat(opened).hasSize(1);
    assertThat(made).hasValue(1);
  }

  @Test
  void anUnloadedThreadIsLoadedAgain() {
    var gone = threads.open(ID, () -> {}, this::make);
    gone.gone = true;

    assertThat(threads.ifNotLoaded(ID, () -> true)).contains(true);
    var again = threads.open(ID, () -> {}, this::make);
    threads.remove(gone);

    assertThat(again).isNotSameAs(gone);
    assertThat(threads.find(ID)).containsSame(again);
    assertThat(threads.ifNotLoaded(ID, () -> true)).isEmpty();
  }

  @Test
  void aThreadThatFailsToLoadIsNotRegistered() {
    assertThatThrownBy(() ->
            threads.add(
                ID,
                () -> {
                  throw new IllegalStateException("taken");
                },
                this::make))
        .isInstanceOf(IllegalStateException.class);

    assertThat(threads.isOpen(ID)).isFalse();
    assertThat(threads.all()).isEmpty();
    assertThat(owner.held).hasValue(0);
  }

  @Test
  void aThreadIsOwnedWhileItIsInMemoryOrLocked() {
    var thread = threads.open(ID, () -> {}, this::make);
    assertThat(owner.held).hasValue(1);
    threads.remove(thread);
    threads.remove(thread);
    assertThat(owner.held).hasValue(0);

    assertThat(threads.ifNotLoaded(ID, owner.held::get)).contains(1);
    assertThat(threads.<Integer, RuntimeException>withThreadLocked(ID, open -> owner.held.get()))
        .isEqualTo(1);
    threads.holding(ID, () -> assertThat(owner.held).hasValue(1));
    assertThat(owner.held).hasValue(0);
  }

  @Test
  void aThreadThatFailsToLoadIsGivenUp() {
    assertThatThrownBy(() ->
            threads.open(
                ID,
                () -> {},
                () -> {
                  throw new IllegalStateException("unreadable");
                }))
        .isInstanceOf(IllegalStateException.class);

    assertThat(owner.acquired).hasValue(1);
    assertThat(owner.held).hasValue(0);
  }

  @Test
  void aThreadThatTakesThePlaceOfAnUnloadedOneStaysOwned() {
    var gone = threads.open(ID, () -> {}, this::make);
    gone.gone = true;
    var again = threads.open(ID, () -> {}, this::make);
    threads.remove(gone);
    assertThat(owner.held).hasValue(1);

    threads.remove(again);
    assertThat(owner.held).hasValue(0);
  }

  @Test
  void aThreadThatAnotherProcessHasTakenIsUnloaded() {
    var thread = threads.open(ID, () -> {}, this::make);

    owner.lose(ID);

    assertThat(thread.gone).isTrue();
    assertThat(threads.find(ID)).isEmpty();
    assertThat(owner.held).hasValue(0);
  }

  /// Else its calls would find the same object again and again, which nobody may write.
  @Test
  void aThreadThatIsTakenWhileItIsLoadedIsUnloaded() {
    var lost =
        threads.open(
            ID,
            () -> {},
            () -> {
              owner.lose(ID);
              return make();
            });

    assertThat(lost.gone).isTrue();
    assertThat(threads.find(ID)).isEmpty();
    assertThat(owner.held).hasValue(0);
    assertThat(threads.open(ID, () -> {}, this::make)).isNotSameAs(lost);
  }

  /// Else that call could write what the new object has written already.
  @Test
  void aThreadThatWasTakenIsLoadedAgainAfterItsLastCall() throws Exception {
    var reached = new CountDownLatch(1);
    var lost = threads.open(ID, () -> {}, this::make);
    lost.usedBy = new CountDownLatch(1);
    owner.lose(ID);
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      lost.onAwait = reached::countDown;
      var opening = executor.submit(() -> threads.open(ID, () -> {}, this::make));
      await(reached);
      assertThat(made).as("while a call uses the lost one").hasValue(1);

      lost.usedBy.countDown();

      assertThat(opening.get()).isNotSameAs(lost);
    }
    assertThat(made).hasValue(2);
    lost.unloaded.run();
    lost.onAwait =
        () -> {
          throw new IllegalStateException("nobody waits for it any more");
        };
    owner.lose(ID);
    assertThat(threads.open(ID, () -> {}, this::make)).isNotSameAs(lost);
  }

  @Test
  void aLockedThreadIsNotLoadedUntilReleased() throws Exception {
    var reached = new CountDownLatch(1);
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      var opened =
          threads.withThreadLocked(
              ID,
              isOpen -> {
                assertThat(isOpen).isFalse();
                var opening =
                    executor.submit(() -> {
                      reached.countDown();
                      return threads.open(ID, () -> {}, this::make);
                    });
                await(reached);
                assertThat(threads.isOpen(ID)).isFalse();
                assertThat(made).hasValue(0);
                return opening;
              });

      var thread = opened.get();
      assertThat(threads.find(ID)).containsSame(thread);
    }
    assertThat(threads.<Boolean, RuntimeException>withThreadLocked(ID, isOpen -> isOpen)).isTrue();
  }

  private TestThread make() {
    made.incrementAndGet();
    return new TestThread();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Counts holds.
  private static final class CountingOwnership implements ThreadOwnership {
    private final AtomicInteger acquired = new AtomicInteger();
    private final AtomicInteger held = new AtomicInteger();
    private final AtomicInteger losses = new AtomicInteger();
    private Consumer<ThreadId> listener = thread -> {};

    @Override
    public Hold acquire(ThreadId id, Runnable require) {
      require.run();
      acquired.incrementAndGet();
      held.incrementAndGet();
      int before = losses.get();
      return new Hold() {
        @Override
        public void release() {
          held.decrementAndGet();
        }

        @Override
        public boolean isLost() {
          return losses.get() > before;
        }
      };
    }

    @Override
    public void onLoss(Consumer<ThreadId> given) {
      this.listener = given;
    }

    void lose(ThreadId id) {
      losses.incrementAndGet();
      listener.accept(id);
    }
  }

  /// A thread in memory, without anything in it.
  private static final class TestThread implements LoadedThreadRegistry.LoadedThread {
    private volatile boolean gone;
    private volatile Runnable unloaded = () -> {};
    private volatile Runnable onAwait = () -> {};
    private volatile CountDownLatch usedBy = new CountDownLatch(0);

    @Override
    public void lost(Runnable given) {
      gone = true;
      unloaded = given;
    }

    @Override
    public void awaitUnused() {
      onAwait.run();
      await(usedBy);
    }

    @Override
    public ThreadId id() {
      return ID;
    }

    @Override
    public boolean isGone() {
      return gone;
    }

    @Override
    public <R, E extends Exception> Optional<R> ifLoaded(ThreadLocks.Action<R, E> action) throws E {
      return gone ? Optional.empty() : Optional.of(action.run());
    }
  }
}
