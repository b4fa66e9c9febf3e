package dev.rollbook.packaged.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.packaged.PackagedService;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// Changes names, pins, metadata, turns and archiving of some threads while the service is killed
/// repeatedly.
final class ThreadStateTorture {
  private static final int THREADS = 8;
  private static final int MOST_ANSWERS = 250;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path dataDir;
  private final Path logs;
  private final String shell;
  private final Random random;
  private final List<ThreadExpectation> threads = new ArrayList<>();
  private final AtomicInteger answers = new AtomicInteger();

  /// @param shell run before the service: the state-db that it is to have
  ThreadStateTorture(Path dataDir, Path logs, String shell, long seed) {
    this.dataDir = dataDir;
    this.logs = logs;
    this.shell = shell;
    this.random = new Random(seed);
  }

  /// Looks at everything at once after the start, when rows are still being compared.
  void round() throws Exception {
    try (var service = PackagedService.start(dataDir, logs, shell)) {
      var client = service.client();
      if (threads.isEmpty()) {
        IntStream.range(0, THREADS)
            .forEach(
                n -> threads.add(new ThreadExpectation(client, new Random(random.nextLong()))));
      }
      for (var thread : threads) {
        thread.check(client, dataDir);
      }
      changeUntilKilled(service);
    }
  }

  /// @param loseStateDb called while no service runs
  void last(LoseStateDb loseStateDb) throws Exception {
    List<String> before;
    try (var service = PackagedService.start(dataDir, logs, shell)) {
      for (var thread : threads) {
        thread.check(service.client(), dataDir);
      }
      before = shown(service);
      assertThat(service.stop()).isEqualTo(143);
    }
    loseStateDb.run();
    try (var service = PackagedService.start(dataDir, logs, shell)) {
      assertThat(shown(service)).isEqualTo(before);
      for (var thread : threads) {
        thread.check(service.client(), dataDir);
      }
      assertThat(service.stop()).isEqualTo(143);
    }
  }

  interface LoseStateDb {
    void run() throws Exception;
  }

  int answers() {
    return answers.get();
  }

  private List<String> shown(PackagedService service) {
    var client = service.client();
    await()
        .atMost(PATIENCE)
        .until(() -> {
          var state = client.get("/actuator/reconcile").json();
          return state.path("running").isNull() && !state.path("last").isNull();
        });
    return threads.stream().map(thread -> thread.shown(client)).toList();
  }

  private void changeUntilKilled(PackagedService service) throws InterruptedException {
    var left = new AtomicInteger(1 + random.nextInt(MOST_ANSWERS));
    var failures = new ConcurrentLinkedQueue<Throwable>();
    var client = service.client();
    var running =
        threads.stream()
            .map(thread ->
                Thread.ofVirtual()
                    .start(() -> {
                      try {
                        thread.change(client, () -> answered(service, left));
                      } catch (RuntimeException | AssertionError failed) {
                        failures.add(failed);
                        service.sigkill();
                      }
                    }))
            .toList();
    for (var each : running) {
      each.join();
    }
    service.awaitExit();
    assertThat(failures).isEmpty();
  }

  private void answered(PackagedService service, AtomicInteger left) {
    answers.incrementAndGet();
    if (left.decrementAndGet() == 0) {
      service.sigkill();
    }
  }
}
