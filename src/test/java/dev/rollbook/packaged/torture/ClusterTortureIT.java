package dev.rollbook.packaged.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.packaged.PackagedService;
import dev.rollbook.packaged.postgres.ReplicatedPostgres;
import dev.rollbook.packaged.postgres.TcpRelay;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// Three replicas on a PostgreSQL with a synchronous standby, which are killed, stopped for a while
/// and cut off from each other and from the database, while clients use all of them.
///
/// After each scenario, every item that was acknowledged is there once, at its ordinal, items and
/// gaps together have all ordinals, the rows agree with the rollouts at each replica, and each
/// follower has seen all ordinals once and in order. Items that were pending are there too, unless
/// their owner was killed.
///
/// `-Drollbook.cluster-torture.rounds=` repeats all scenarios and adds the slow ones,
/// `-Drollbook.cluster-torture.scenario=` runs only one of them, and
/// `-Drollbook.cluster-torture.seed=` sends the same again.
@Order(1)
class ClusterTortureIT {
  private static final int ROUNDS = Integer.getInteger("rollbook.cluster-torture.rounds", 0);
  private static final long FIXED_SEED = 22;
  private static final long SEED =
      Long.getLong(
          "rollbook.cluster-torture.seed",
          ROUNDS == 0 ? FIXED_SEED : new Random().nextInt(1_000_000));
  private static final String ONLY = System.getProperty("rollbook.cluster-torture.scenario", "");

  private static final int SOME = ROUNDS == 0 ? 100 : 300;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int RANDOM_FAULTS = 12;
  private static final Duration GONE_AFTER = Duration.ofSeconds(2);

  /// Bar for a thread whose owner was killed, on a machine that does nothing else.
  private static final Duration BAR = Duration.ofSeconds(3);

  /// Stays where a test has failed, to be looked into.
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path database;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path dataDirs;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path logs;

  private final Random random = new Random(SEED);
  private ReplicatedPostgres postgres;
  private ReplicaLinks links;
  private ThreeReplicas replicas;
  private ReplicaLoad load;
  private final List<ThreadJournal> threads = new ArrayList<>();
  private int items;

  /// Pending items are lost with their owner.
  private boolean hasKilled;

  private interface Scenario {
    void run() throws Exception;
  }

  @AfterEach
  void close() {
    if (load != null) {
      load.close();
    }
    if (replicas != null) {
      replicas.close();
    }
    if (links != null) {
      links.close();
    }
    if (postgres != null) {
      postgres.close();
    }
  }

  @Test
  void nothingIsLostOrDoubledWhateverReplicasLose() throws Exception {
    postgres = ReplicatedPostgres.create(database, true);
    links = new ReplicaLinks(postgres, logs);
    replicas = ThreeReplicas.start(dataDirs, logs, links);
    System.out.printf("cluster torture: seed %d%n", SEED);
    for (int round = 1; round <= Math.max(1, ROUNDS); round++) {
      for (var scenario : scenarios().entrySet()) {
        if (ONLY.isEmpty() || scenario.getKey().contains(ONLY)) {
          run(scenario.getKey(), scenario.getValue());
        }
      }
    }
    System.out.printf("cluster torture: %d items acknowledged, none lost%n", items);
    assertThat(errors()).isEmpty();
    rebuildRows();
  }

  /// Rows are derived: those that are made anew are the same.
  private void rebuildRows() throws Exception {
    var before = ShownThreads.of(replicas.client(any()), threads);
    for (int n = 0; n < ThreeReplicas.COUNT; n++) {
      kill(n);
    }
    postgres.primary().execute("TRUNCATE thread CASCADE");
    int n = any();
    restart(n);
    var client = replicas.client(n);
    await()
        .atMost(PATIENCE)
        .until(() -> client.get("/actuator/reconcile").json().path("running").isNull());

    assertThat(ShownThreads.differences(before, ShownThreads.of(client, threads))).isEmpty();
  }

  private Map<String, Scenario> scenarios() {
    var all = new LinkedHashMap<String, Scenario>();
    all.put("kill -9", this::killOne);
    all.put("stopped for longer than gone-after", () -> freezeOne(GONE_AFTER.multipliedBy(2)));
    all.put("database lost by one", this::cutOneFromDatabase);
    all.put("two lose each other", this::separateTwo);
    if (ROUNDS > 0) {
      all.put("stopped for a moment", () -> freezeOne(GONE_AFTER.dividedBy(2)));
      all.put("database crashed", this::crashTheDatabase);
      all.put("failover", this::failOver);
      all.put("all of it", this::all);
    }
    return all;
  }

  private void run(String name, Scenario scenario) throws Exception {
    load = ReplicaLoad.start(replicas, random.nextLong());
    load.awaitPersisted(SOME);
    hasKilled = false;
    load.longestWait();
    load.awaitPersisted(SOME);
    var quiet = load.longestWait();
    scenario.run();
    load.awaitPersisted(SOME);
    load.stop();
    var worst = load.longestWait();
    if (!hasKilled) {
      load.awaitPendingIsWritten();
    }
    load.audit();
    items += load.persistedItems();
    threads.addAll(load.threads());
    System.out.printf(
        "cluster torture: %s: %d items acknowledged, %d requests pending at first, %d sent again,"
            + " longest wait %d ms (before: %d ms)%n",
        name,
        load.persistedItems(),
        load.pendingRequests(),
        load.repeatedRequests(),
        worst.toMillis(),
        quiet.toMillis());
    load.close();
  }

  private int any() {
    return random.nextInt(ThreeReplicas.COUNT);
  }

  /// The bar is for a machine that has processors for the clients, too: what they waited for before
  /// is added.
  private void killOne() throws Exception {
    load.longestWait();
    load.awaitPersisted(SOME);
    var before = load.longestWait();
    int n = any();
    kill(n);
    // The longest wait is over when the replica is gone for the others.
    pause(BAR);
    load.awaitPersisted(SOME);
    var wait = load.longestWait();
    System.out.printf(
        "cluster torture: longest wait for a thread after kill -9: %d ms%n", wait.toMillis());
    assertThat(wait).isLessThanOrEqualTo(BAR.plus(before));
    restart(n);
  }

  private void kill(int n) throws InterruptedException {
    hasKilled = true;
    replicas.service(n).sigkill();
    links.to(n).forEach(TcpRelay::refuse);
    replicas.service(n).awaitExit();
  }

  private void restart(int n) {
    links.to(n).forEach(TcpRelay::pass);
    replicas.restart(n);
  }

  private void freezeOne(Duration time) throws Exception {
    int n = any();
    signal(n, "STOP");
    pause(time);
    signal(n, "CONT");
  }

  private void signal(int n, String signal) throws IOException, InterruptedException {
    long pid = replicas.service(n).pid();
    assertThat(new ProcessBuilder("kill", "-" + signal, "" + pid).inheritIO().start().waitFor())
        .isZero();
  }

  private void cutOneFromDatabase() throws InterruptedException {
    var link = links.toDatabase(any());
    if (random.nextBoolean()) {
      link.refuse();
    } else {
      link.drop();
    }
    pause(GONE_AFTER.multipliedBy(2));
    link.pass();
  }

  private void separateTwo() throws InterruptedException {
    int one = any();
    var cut = links.between(one, (one + 1) % ThreeReplicas.COUNT);
    boolean refuses = random.nextBoolean();
    cut.forEach(refuses ? TcpRelay::refuse : TcpRelay::drop);
    pause(GONE_AFTER.multipliedBy(2));
    cut.forEach(TcpRelay::pass);
  }

  private void crashTheDatabase() throws InterruptedException {
    postgres.primary().stopImmediately();
    pause(GONE_AFTER);
    postgres.primary().start();
  }

  private void failOver() throws IOException {
    postgres.failOver();
    load.awaitPersisted(SOME);
    postgres.replaceLost();
  }

  private void all() throws Exception {
    var faults =
        List.<Scenario>of(
            () -> {
              int n = any();
              kill(n);
              pause(Duration.ofMillis(random.nextInt(3000)));
              restart(n);
            },
            () -> freezeOne(Duration.ofMillis(random.nextInt(6000))),
            this::cutOneFromDatabase,
            this::separateTwo,
            this::crashTheDatabase);
    for (int n = 0; n < RANDOM_FAULTS; n++) {
      faults.get(random.nextInt(faults.size())).run();
      pause(Duration.ofMillis(random.nextInt(2000)));
    }
  }

  /// A fault has to last for a time.
  private static void pause(Duration time) throws InterruptedException {
    Thread.sleep(time);
  }

  private List<String> errors() {
    var all = new ArrayList<String>();
    for (int n = 0; n < ThreeReplicas.COUNT; n++) {
      all.addAll(errors(replicas.service(n)).toList());
    }
    return all;
  }

  private static Stream<String> errors(PackagedService service) {
    return service.stdout().stream().filter(line -> line.contains(" ERROR "));
  }
}
