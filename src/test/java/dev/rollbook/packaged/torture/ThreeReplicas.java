package dev.rollbook.packaged.torture;

import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.packaged.PackagedService;
import dev.rollbook.packaged.postgres.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;

/// Three packaged services that share one PostgreSQL as replicas, and a load balancer before them.
///
/// A replica keeps its port when it is replaced by a new process, but not its data-dir: what must
/// stay is in the database. The load balancer asks each replica whether it is ready, ten times a
/// second, and sends a call to any of the ready ones. If that one refuses the connection, it tries
/// another one, as nginx does: nothing was done.
final class ThreeReplicas implements AutoCloseable {
  static final int COUNT = 3;

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final Duration CHECKS = Duration.ofMillis(100);
  private static final String READINESS = "/actuator/health/readiness";
  private static final String SECRET = "a secret of torture tests, of 32 bytes and more";

  private final Path dataDirs;
  private final Path logs;
  private final List<Slot> slots;
  private final ScheduledExecutorService checks = Executors.newScheduledThreadPool(COUNT);

  /// One of the three, over all of its processes.
  private static final class Slot {
    final String environment;
    final int port;
    final RollbookClient client;
    volatile PackagedService service;
    volatile boolean ready;

    Slot(String environment, int port) {
      this.environment = environment;
      this.port = port;
      this.client = new RollbookClient(port);
    }
  }

  private ThreeReplicas(Path dataDirs, Path logs, List<Slot> slots) {
    this.dataDirs = dataDirs;
    this.logs = logs;
    this.slots = slots;
  }

  /// Replicas that reach the database and each other directly.
  static ThreeReplicas start(Path dataDirs, Path logs, String database) {
    return start(
        dataDirs,
        logs,
        (n, port) ->
            "SPRING_DATASOURCE_URL='%s' ROLLBOOK_CLUSTER_ADDRESS=http://127.0.0.1:%d"
                .formatted(database, port));
  }

  /// How a replica reaches the database, and is reached by the others, as settings such as
  /// `NAME=value`.
  interface Links {
    /// @param n number of the replica
    /// @param port where it listens
    String environment(int n, int port);
  }

  /// Returns when all are ready.
  static ThreeReplicas start(Path dataDirs, Path logs, Links links) {
    var slots =
        IntStream.range(0, COUNT)
            .mapToObj(n -> {
              int port = PostgresServer.freePort();
              return new Slot(environment(links.environment(n, port)), port);
            })
            .toList();
    var replicas = new ThreeReplicas(dataDirs, logs, slots);
    try {
      slots.forEach(slot -> replicas.launch(slot, ""));
      IntStream.range(0, COUNT).forEach(replicas::awaitReady);
      slots.forEach(replicas::checkRegularly);
    } catch (RuntimeException | Error e) {
      replicas.close();
      throw e;
    }
    return replicas;
  }

  private static String environment(String links) {
    return "ROLLBOOK_STORAGE=database ROLLBOOK_CLUSTER_PREVIEW=true ROLLBOOK_CLUSTER_SECRET='%s' %s"
        .formatted(SECRET, links);
  }

  /// The process that runs now, or ran last, as one of the three.
  PackagedService service(int n) {
    return slots.get(n).service;
  }

  /// Where a replica listens.
  int port(int n) {
    return slots.get(n).port;
  }

  /// A client of only this replica.
  RollbookClient client(int n) {
    return slots.get(n).client;
  }

  /// Starts a new process in the place of one that has ended, and returns when it is ready.
  void restart(int n) {
    restart(n, "");
  }

  /// @param environment more settings, such as `NAME=value`
  void restart(int n, String environment) {
    launch(slots.get(n), environment);
    awaitReady(n);
  }

  private void launch(Slot slot, String environment) {
    try {
      var dataDir = Files.createTempDirectory(dataDirs, "data");
      slot.service =
          PackagedService.launch(dataDir, logs, slot.environment + " " + environment, slot.port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitReady(int n) {
    var slot = slots.get(n);
    await()
        .atMost(PATIENCE)
        .pollInterval(PAUSE)
        .until(() -> {
          if (!slot.service.isAlive()) {
            throw new AssertionError("did not start: " + slot.service.stdout());
          }
          return isReady(slot);
        });
    slot.ready = true;
  }

  private void checkRegularly(Slot slot) {
    checks.scheduleWithFixedDelay(
        () -> slot.ready = isReady(slot), 0, CHECKS.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static boolean isReady(Slot slot) {
    try {
      return slot.client.get(READINESS).status() == 200;
    } catch (UncheckedIOException away) {
      return false;
    }
  }

  /// Sends a call to any of the ready replicas.
  ///
  /// @param random chooses
  /// @throws UncheckedIOException if the call may have been done, but was not answered
  <T> T call(Random random, Function<RollbookClient, T> call) {
    return call(random, (client, port) -> call.apply(client));
  }

  /// A call that does not use a [RollbookClient].
  interface PortCall<T> {
    T at(RollbookClient client, int port);
  }

  /// The same for clients of another kind, such as of event streams.
  <T> T call(Random random, PortCall<T> call) {
    var order = new ArrayList<>(slots);
    Collections.shuffle(order, random);
    UncheckedIOException refused = null;
    // Those that are not ready come last: the load balancer may know too late that one is again.
    for (boolean ready : new boolean[] {true, false}) {
      for (var slot : order) {
        if (slot.ready == ready) {
          try {
            return call.at(slot.client, slot.port);
          } catch (UncheckedIOException e) {
            if (!(e.getCause() instanceof ConnectException)) {
              throw e;
            }
            refused = e;
          }
        }
      }
    }
    throw refused;
  }

  /// Leaves no process.
  @Override
  public void close() {
    checks.shutdownNow();
    slots.stream().filter(slot -> slot.service != null).forEach(slot -> slot.service.close());
    slots.forEach(slot -> slot.client.close());
  }
}
