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
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Senders that go on whatever happens to the service and to its database, until they are stopped.
///
/// An append has to be answered with a receipt, also while the database is away. Only the start of
/// a thread or turn may be refused then.
final class SteadyLoad implements RetryingClient.EndObserver {
  private static final int SENDERS = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern STARTS = Pattern.compile("/(threads|turns)$");
  private static final Duration PAUSE = Duration.ofMillis(20);

  /// Of a sender after each answer. Without it, the senders would take all processor time for as
  /// long as a test waits for the database.
  private static final Duration THINKING = Duration.ofMillis(10);

  private final Queue<ThreadJournal> threads = new ConcurrentLinkedQueue<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger persisted = new AtomicInteger();
  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicReference<Duration> slowestAppend = new AtomicReference<>(Duration.ZERO);
  private final AtomicReference<Duration> slowestStart = new AtomicReference<>(Duration.ZERO);
  private final List<Thread> running = new ArrayList<>();
  private volatile boolean keepsThreads;
  private volatile RollbookClient client;
  private volatile boolean over;

  private SteadyLoad(RollbookClient client) {
    this.client = client;
  }

  static SteadyLoad start(RollbookClient client, long seed) {
    var random = new Random(seed);
    var load = new SteadyLoad(client);
    var shared = new ThreadJournal(client.startThread());
    shared.acknowledge();
    load.threads.add(shared);
    IntStream.range(0, SENDERS)
        .mapToObj(
            n -> new RetryingClient("s" + n, new Random(random.nextLong()), shared, load.threads))
        .forEach(sender -> load.running.add(Thread.ofVirtual().start(() -> load.send(sender))));
    return load;
  }

  private void send(RetryingClient sender) {
    try {
      while (!over) {
        sender.run(client, this);
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    } catch (RuntimeException | AssertionError e) {
      failures.add(e);
    }
  }

  /// The service was started again.
  void sendTo(RollbookClient other) {
    client = other;
  }

  /// No more threads are started, apart from those that are being started now.
  void keepThreads() {
    keepsThreads = true;
  }

  void awaitPersisted(int more) {
    awaitMore(persisted, more);
  }

  void awaitPending(int more) {
    awaitMore(pending, more);
  }

  private void awaitMore(AtomicInteger count, int more) {
    int wanted = count.get() + more;
    await()
        .atMost(PATIENCE)
        .pollInterval(PAUSE)
        .until(() -> count.get() >= wanted || !failures.isEmpty());
    assertThat(failures).isEmpty();
  }

  /// Waits until all pending items are written.
  void awaitNoneIsPending() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          for (var thread : threads) {
            var row = client.get(RollbookClient.thread(thread.id()));
            if (row.status() != 404 || thread.isAcknowledged()) {
              assertThat(row.at("completeness")).as(row.text()).isEqualTo("complete");
            }
          }
        });
    threads.forEach(ThreadJournal::pendingIsOver);
  }

  /// Returns when all requests are answered.
  void stop() throws InterruptedException {
    end();
    for (var sender : running) {
      sender.join();
    }
    assertThat(failures).isEmpty();
  }

  /// The same without waiting, after a failure.
  void end() {
    over = true;
  }

  Queue<ThreadJournal> threads() {
    return threads;
  }

  /// For people.
  @Override
  public String toString() {
    return "%d requests persisted, %d pending at first".formatted(persisted.get(), pending.get());
  }

  /// The slowest answers since the last call: to appends and ends of turns, which go on whatever
  /// happens, and to starts of threads and turns, which may be refused.
  String slowest() {
    return "appends %d ms, starts %d ms"
        .formatted(
            slowestAppend.getAndSet(Duration.ZERO).toMillis(),
            slowestStart.getAndSet(Duration.ZERO).toMillis());
  }

  @Override
  public void acknowledged() {
    persisted.incrementAndGet();
  }

  @Override
  public void answered(Answer answer, Duration after) {
    var path = answer.response().uri().getPath();
    var slowest = STARTS.matcher(path).find() ? slowestStart : slowestAppend;
    slowest.accumulateAndGet(after, (one, other) -> one.compareTo(other) > 0 ? one : other);
    LockSupport.parkNanos(THINKING.toNanos());
  }

  @Override
  public void pending() {
    pending.incrementAndGet();
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
  public boolean mayStartThreads() {
    return !keepsThreads;
  }

  @Override
  public boolean isOver() {
    return over;
  }
}
