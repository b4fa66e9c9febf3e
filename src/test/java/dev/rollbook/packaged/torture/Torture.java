package dev.rollbook.packaged.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.packaged.PackagedService;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// One data-dir and a sequence of services on it: each serves many clients until its process ends
/// at a random moment.
final class Torture {
  private static final int SENDERS = 8;
  private static final int KILLED = 137;
  private static final int TERMINATED = 143;
  private static final int LINES_OF_A_START = 28;
  private static final int LINES_OF_A_STOP = 8;
  private static final String RECONCILE_TELLS = "LOGGING_LEVEL_DEV_ROLLBOOK_RECONCILE=debug";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// How a service comes to its end.
  enum End {
    KILL,
    KILL_WHILE_STOPPING,
    STOP
  }

  private final Path dataDir;
  private final Path logs;
  private final String shell;
  private final Random random;
  private final Queue<ThreadJournal> threads = new ConcurrentLinkedQueue<>();
  private final List<RetryingClient> senders = new ArrayList<>();
  private PackagedService service;

  /// @param shell settings of every service
  Torture(Path dataDir, Path logs, String shell, long seed) {
    this.dataDir = dataDir;
    this.logs = logs;
    this.shell = RECONCILE_TELLS + " " + shell;
    this.random = new Random(seed);
  }

  /// Starts a service and kills it before it has started.
  void killWhileStarting() throws InterruptedException {
    service = PackagedService.launch(dataDir, logs, shell);
    killAfterLines(random.nextInt(LINES_OF_A_START));
    assertQuiet();
  }

  /// Runs senders against a service until it has come to its end, and looks at it before.
  void round(End end) throws Exception {
    service = PackagedService.start(dataDir, logs, shell);
    check();
    if (senders.isEmpty()) {
      begin();
    }
    use(new EndTrigger(service, end, 1 + random.nextInt(random.nextBoolean() ? 30 : 250)));
    if (end == End.KILL_WHILE_STOPPING) {
      killAfterLines(service.stdout().size() + random.nextInt(LINES_OF_A_STOP));
    }
    assertThat(service.awaitExit())
        .isIn(
            switch (end) {
              case KILL -> List.of(KILLED);
              case KILL_WHILE_STOPPING -> List.of(KILLED, TERMINATED);
              case STOP -> List.of(TERMINATED);
            });
    assertQuiet();
  }

  /// Looks once more at what is left in the end.
  ///
  /// @param dataDirThen the data-dir of the last service
  void last(Path dataDirThen) throws Exception {
    service = PackagedService.start(dataDirThen, logs, shell);
    check();
    assertThat(service.stop()).isEqualTo(TERMINATED);
    assertQuiet();
  }

  void close() {
    if (service != null) {
      service.close();
    }
  }

  int items() {
    return threads.stream().mapToInt(thread -> thread.persisted().size()).sum();
  }

  private void begin() {
    var shared = new ThreadJournal(service.client().startThread());
    shared.acknowledge();
    threads.add(shared);
    IntStream.range(0, SENDERS)
        .forEach(n ->
            senders.add(
                new RetryingClient("s" + n, new Random(random.nextLong()), shared, threads)));
  }

  private void check() {
    var client = service.client();
    try {
      threads.forEach(thread -> ThreadAudit.of(client, thread));
    } catch (RuntimeException | AssertionError failed) {
      failed.addSuppressed(new AssertionError(String.join("\n", service.stdout())));
      throw failed;
    }
  }

  private void use(EndTrigger ending) throws InterruptedException {
    var client = service.client();
    var failures = new ConcurrentLinkedQueue<Throwable>();
    var running =
        senders.stream().map(sender -> sending(sender, client, ending, failures)).toList();
    for (var sender : running) {
      sender.join();
    }
    assertThat(failures).isEmpty();
  }

  private static Thread sending(
      RetryingClient sender, RollbookClient client, EndTrigger ending, Queue<Throwable> failures) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            sender.run(client, ending);
          } catch (RuntimeException | AssertionError failed) {
            failures.add(failed);
            ending.now();
          }
        });
  }

  private void killAfterLines(int lines) throws InterruptedException {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> !service.isAlive() || service.isStarted() || service.stdout().size() >= lines);
    service.close();
    service.awaitExit();
  }

  /// A kill may tear the last line of a rollout, a stop skips late appends; nothing else may be
  /// logged.
  private void assertQuiet() {
    assertThat(service.stderr()).isEmpty();
    assertThat(service.stdout())
        .filteredOn(line -> line.contains(" WARN ") || line.contains(" ERROR "))
        .allMatch(line ->
            line.contains(" ended in a torn line: truncated ")
                || line.contains(" is shutting down"));
  }

  /// The moment at which a service begins to end: that of a certain answer, while others are
  /// awaited.
  private static final class EndTrigger implements RetryingClient.EndObserver {
    private final PackagedService service;
    private final boolean kill;
    private final AtomicInteger left;
    private volatile boolean stopping;

    EndTrigger(PackagedService service, End end, int answers) {
      this.service = service;
      this.kill = end == End.KILL;
      this.left = new AtomicInteger(answers);
    }

    @Override
    public void acknowledged() {
      if (left.decrementAndGet() == 0) {
        now();
      }
    }

    @Override
    public boolean isStopping() {
      return stopping;
    }

    void now() {
      if (kill) {
        service.sigkill();
      } else {
        stopping = true;
        service.sigterm();
      }
    }
  }
}
