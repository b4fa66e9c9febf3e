package dev.rollbook.packaged.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.http.RollbookClient.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.IntStream;

/// Careful clients of three replicas, with followers of some threads at each of them.
///
/// A client sends each request to any replica. If there is no answer within two seconds, if the
/// connection breaks or if the answer is a 503, it sends the same request to any replica again,
/// until it is accepted; only a request with items without ids, which may have been stored, is
/// given up. How long a client waits for a thread is the time from the first attempt until then.
final class ReplicaLoad implements RetryingClient.EndObserver, AutoCloseable {
  private static final int SENDERS = 8;
  private static final int SHARED_THREADS = 2;
  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final ThreeReplicas replicas;
  private final List<RollbookClient> clients;
  private final Queue<ThreadJournal> threads = new ConcurrentLinkedQueue<>();
  private final List<ThreadFollower> followers = new ArrayList<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final List<Thread> running = new ArrayList<>();
  private final AtomicInteger persisted = new AtomicInteger();
  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicInteger repeated = new AtomicInteger();
  private final AtomicReference<Duration> longestWait = new AtomicReference<>(Duration.ZERO);
  private volatile boolean over;

  private ReplicaLoad(ThreeReplicas replicas) {
    this.replicas = replicas;
    this.clients =
        IntStream.range(0, ThreeReplicas.COUNT)
            .mapToObj(n -> replicas.client(n).withTimeout(ANSWER))
            .toList();
  }

  static ReplicaLoad start(ThreeReplicas replicas, long seed) {
    var random = new Random(seed);
    var load = new ReplicaLoad(replicas);
    var shared = IntStream.range(0, SHARED_THREADS).mapToObj(n -> load.followed(random)).toList();
    IntStream.range(0, SENDERS)
        .forEach(n -> {
          var sender =
              new RetryingClient(
                  "s" + n,
                  new Random(random.nextLong()),
                  shared.get(n % SHARED_THREADS),
                  load.threads);
          var choice = new Random(random.nextLong());
          load.running.add(Thread.ofVirtual().start(() -> load.send(sender, choice)));
        });
    return load;
  }

  /// A thread with a follower at each replica.
  private ThreadJournal followed(Random random) {
    var thread = new ThreadJournal(any(random).startThread());
    thread.acknowledge();
    threads.add(thread);
    IntStream.range(0, ThreeReplicas.COUNT)
        .forEach(n -> followers.add(ThreadFollower.follow(replicas, n, thread)));
    return thread;
  }

  private RollbookClient any(Random random) {
    return clients.get(random.nextInt(clients.size()));
  }

  private void send(RetryingClient sender, Random choice) {
    var route =
        new RetryingClient.Route() {
          @Override
          public Answer send(Function<RollbookClient, Answer> call) {
            return call.apply(any(choice));
          }
        };
    try {
      while (!over) {
        sender.run(route, this);
        LockSupport.parkNanos(PAUSE.toNanos());
      }
      while (sender.isInDebt()) {
        sender.settle(route);
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    } catch (RuntimeException | AssertionError e) {
      failures.add(e);
    }
  }

  /// Waits until so many more requests are persisted.
  void awaitPersisted(int more) {
    int wanted = persisted.get() + more;
    await()
        .atMost(PATIENCE)
        .pollInterval(PAUSE)
        .until(() -> persisted.get() >= wanted || !failures.isEmpty());
    requireNoFailure();
  }

  private void requireNoFailure() {
    if (!failures.isEmpty()) {
      var all = new AssertionError("%d senders have failed".formatted(failures.size()));
      failures.forEach(all::addSuppressed);
      throw all;
    }
  }

  /// Returns when all requests are accepted, and the followers have seen them.
  void stop() throws InterruptedException {
    over = true;
    long begun = System.nanoTime();
    for (var sender : running) {
      var left = PATIENCE.minusNanos(System.nanoTime() - begun);
      assertThat(sender.join(left.isPositive() ? left : Duration.ofMillis(1)))
          .as("all requests are accepted")
          .isTrue();
    }
    requireNoFailure();
  }

  /// Waits until all pending items are written, by the owner that has accepted them or by the next.
  void awaitPendingIsWritten() {
    for (var thread : threads) {
      await()
          .atMost(PATIENCE)
          .pollDelay(Duration.ZERO)
          .untilAsserted(() -> {
            var written = thread.pending().isEmpty() ? "" : text(thread);
            assertThat(thread.pending())
                .as("pending, of %s", thread.id())
                .allMatch(item -> written.contains("\"name\":\"%s\"".formatted(item.name())));
          });
      thread.pendingHasMoved();
    }
  }

  private String text(ThreadJournal thread) {
    return String.join("\n", replicas.client(0).lines(thread.id()));
  }

  /// Compares everything that was acknowledged with what each replica shows of it.
  void audit() {
    for (var thread : threads) {
      for (int n = 0; n < ThreeReplicas.COUNT; n++) {
        ThreadAudit.of(replicas.client(n), thread);
      }
    }
    for (var follower : followers) {
      follower.audit(replicas.client(0));
    }
  }

  Queue<ThreadJournal> threads() {
    return threads;
  }

  int persistedItems() {
    return threads.stream().mapToInt(thread -> thread.persisted().size()).sum();
  }

  int pendingRequests() {
    return pending.get();
  }

  int repeatedRequests() {
    return repeated.get();
  }

  /// The longest time that a client has waited for a thread since the last call.
  Duration longestWait() {
    return longestWait.getAndSet(Duration.ZERO);
  }

  @Override
  public void acknowledged() {
    persisted.incrementAndGet();
  }

  @Override
  public void pending() {
    pending.incrementAndGet();
  }

  @Override
  public void repeated() {
    repeated.incrementAndGet();
  }

  @Override
  public void accepted(Duration afterAll) {
    longestWait.accumulateAndGet(afterAll, (one, other) -> one.compareTo(other) > 0 ? one : other);
  }

  @Override
  public boolean isStopping() {
    return false;
  }

  @Override
  public boolean databaseMayBeAway() {
    return true;
  }

  @Override
  public boolean mayMove() {
    return true;
  }

  @Override
  public boolean isOver() {
    return over;
  }

  /// Without waiting.
  @Override
  public void close() {
    over = true;
    followers.forEach(ThreadFollower::close);
  }
}
