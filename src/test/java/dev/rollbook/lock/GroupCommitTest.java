package dev.rollbook.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.lock.GroupCommit.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Groups, leaders and results of concurrent requests.
@Timeout(60)
class GroupCommitTest {
  private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
  private final List<List<String>> groups = new CopyOnWriteArrayList<>();
  private final LinkedBlockingQueue<Gate> gates = new LinkedBlockingQueue<>();
  private volatile boolean gated = true;
  private final GroupCommit<String, String> together = new GroupCommit<>(this::work);

  @AfterEach
  void close() {
    callers.shutdownNow();
  }

  @Test
  void aSingleRequestIsAGroupOfItsOwn() {
    gated = false;

    assertThat(together.submit("a", 1)).isEqualTo("done a");
    assertThat(together.submit("b", 1)).isEqualTo("done b");

    assertThat(groups).containsExactly(List.of("a"), List.of("b"));
  }

  @Test
  void requestsThatArriveDuringAGroupFormTheNextGroupInOrder() throws Exception {
    var first = submit("a");
    var gate = gates.take();
    var others = submitInOrder("b", "c", "d");
    gate.open();

    assertThat(first.get()).isEqualTo("done a");
    gates.take().open();
    for (var other : others) {
      assertThat(other.get()).startsWith("done ");
    }
    assertThat(groups).containsExactly(List.of("a"), List.of("b", "c", "d"));
    assertThat(together.waiting()).isZero();
  }

  @Test
  void aCallerIsAnsweredBeforeTheNextGroupEnds() throws Exception {
    var first = submit("a");
    var gate = gates.take();
    var second = submitInOrder("b").getFirst();
    gate.open();
    var next = gates.take();

    assertThat(first.get()).isEqualTo("done a");
    assertThat(second).isNotDone();
    next.open();
    assertThat(second.get()).isEqualTo("done b");
  }

  @Test
  void requestsThatArriveBeforeTheGroupIsTakenAreInIt() throws Exception {
    var taken = new CompletableFuture<Void>();
    var late =
        new GroupCommit<String, String>(group -> {
          taken.join();
          work(group);
        });
    gated = false;
    var calls = new ArrayList<Future<String>>();
    for (int i = 0; i < 3; i++) {
      var name = "" + i;
      calls.add(callers.submit(() -> late.submit(name, 1)));
      int count = i + 1;
      soon().until(() -> late.waiting() == count);
    }
    taken.complete(null);

    for (var call : calls) {
      call.get();
    }
    assertThat(groups).containsExactly(List.of("0", "1", "2"));
  }

  @Test
  void aGroupIsBoundedInSizeAndBytes() throws Exception {
    var first = submit("a");
    var gate = gates.take();
    gated = false;
    var big = callers.submit(() -> together.submit("big", GroupCommit.MAX_GROUP_BYTES));
    soon().until(() -> together.waiting() == 1);
    var small = IntStream.range(0, GroupCommit.MAX_GROUP_SIZE + 1).mapToObj(n -> "" + n).toList();
    var others = submitInOrder(small.toArray(String[]::new));
    gate.open();

    first.get();
    big.get();
    for (var other : others) {
      other.get();
    }
    assertThat(groups.stream().map(List::size))
        .containsExactly(1, 1, GroupCommit.MAX_GROUP_SIZE, 1);
    assertThat(groups.stream().flatMap(List::stream).skip(2).toList()).isEqualTo(small);
  }

  @Test
  void anExceptionOfOneRequestFailsOnlyThatRequest() throws Exception {
    var first = submit("a");
    var gate = gates.take();
    var others = submitInOrder("b", "fails", "c");
    gated = false;
    gate.open();

    first.get();
    assertThat(others.get(0).get()).isEqualTo("done b");
    assertThatThrownBy(others.get(1)::get).hasRootCauseMessage("fails");
    assertThat(others.get(2).get()).isEqualTo("done c");
  }

  @Test
  void anExceptionBeforeTheGroupIsTakenFailsAllQueuedRequests() throws Exception {
    var broken = new AtomicBoolean(true);
    var reached = new CompletableFuture<Void>();
    var released = new CompletableFuture<Void>();
    var unloading =
        new GroupCommit<String, String>(group -> {
          reached.complete(null);
          released.join();
          if (broken.getAndSet(false)) {
            throw new UnsupportedOperationException();
          }
          work(group);
        });
    gated = false;
    var one = callers.submit(() -> unloading.submit("a", 1));
    reached.join();
    var other = callers.submit(() -> unloading.submit("b", 1));
    soon().until(() -> unloading.waiting() == 2);
    released.complete(null);

    assertThatThrownBy(one::get).hasCauseInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(other::get).hasCauseInstanceOf(UnsupportedOperationException.class);
    assertThat(unloading.submit("c", 1)).isEqualTo("done c");
  }

  @Test
  void anErrorLeavesNoCallerBlocked() throws Exception {
    var first = submit("a");
    var gate = gates.take();
    var others = submitInOrder("b", "dies", "c", "d");
    gated = false;
    gate.open();

    first.get();
    assertThatThrownBy(others.get(0)::get).hasCauseInstanceOf(StackOverflowError.class);
    assertThatThrownBy(others.get(2)::get).hasCauseInstanceOf(IllegalStateException.class);
    assertThat(together.submit("e", 1)).isEqualTo("done e");
  }

  @Test
  void anInterruptDoesNotEndTheWaitAndItsFlagStaysSet() throws Exception {
    var first = submit("a");
    var gate = gates.take();
    var interrupted = new CompletableFuture<Boolean>();
    var waiter =
        Thread.ofVirtual()
            .start(() -> {
              assertThat(together.submit("b", 1)).isEqualTo("done b");
              interrupted.complete(Thread.currentThread().isInterrupted());
            });
    soon().until(() -> together.waiting() == 1);
    waiter.interrupt();
    gated = false;
    gate.open();

    first.get();
    assertThat(interrupted.get()).isTrue();
    assertThat(groups).containsExactly(List.of("a"), List.of("b"));
  }

  @Test
  void concurrentCallersGetTheirOwnResultsOnceInOrder() throws Exception {
    gated = false;
    var calls = new ArrayList<Future<?>>();
    for (int i = 0; i < 64; i++) {
      int caller = i;
      calls.add(
          callers.submit(() -> {
            for (int n = 0; n < 500; n++) {
              var name = caller + "-" + n;
              assertThat(together.submit(name, 1)).isEqualTo("done " + name);
            }
          }));
    }
    for (var call : calls) {
      call.get();
    }

    var done = groups.stream().flatMap(List::stream).toList();
    assertThat(done).hasSize(64 * 500).doesNotHaveDuplicates();
    for (int i = 0; i < 64; i++) {
      var caller = i + "-";
      assertThat(done.stream().filter(name -> name.startsWith(caller)))
          .containsExactlyElementsOf(IntStream.range(0, 500).mapToObj(n -> caller + n).toList());
    }
  }

  private void work(Supplier<List<Entry<String, String>>> waiting) {
    var group = waiting.get();
    groups.add(group.stream().map(Entry::request).toList());
    if (gated) {
      var gate = new Gate();
      gates.add(gate);
      gate.opened.join();
    }
    for (var entry : group) {
      if (entry.request().equals("dies")) {
        throw new StackOverflowError();
      }
      entry.complete(() -> {
        if (entry.request().equals("fails")) {
          throw new IllegalArgumentException("fails");
        }
        return "done " + entry.request();
      });
    }
  }

  private static ConditionFactory soon() {
    return await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1));
  }

  private Future<String> submit(String name) {
    return callers.submit(() -> together.submit(name, 1));
  }

  private List<Future<String>> submitInOrder(String... names)
      throws InterruptedException, ExecutionException {
    var calls = new ArrayList<Future<String>>();
    int before = together.waiting();
    for (var name : names) {
      calls.add(submit(name));
      soon().until(() -> together.waiting() == before + calls.size());
    }
    return calls;
  }

  /// Holds a group until it is opened.
  private record Gate(CompletableFuture<Void> opened) {
    Gate() {
      this(new CompletableFuture<>());
    }

    void open() {
      opened.complete(null);
    }
  }
}
