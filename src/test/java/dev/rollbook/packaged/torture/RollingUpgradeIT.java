package dev.rollbook.packaged.torture;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.packaged.postgres.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// Three replicas are replaced one after the other, by a later version, while clients use all of
/// them: no request fails, no item is skipped, no turn ends, no event is missing.
///
/// Nothing was released yet, so the later version is the same jar. It calls itself differently, and
/// its schema has more columns, as the rules of migrations allow. `-Drollbook.upgrade.seed=` sends
/// the same again.
class RollingUpgradeIT {
  private static final long SEED =
      Long.getLong("rollbook.upgrade.seed", new Random().nextInt(1_000_000));
  private static final int CLIENTS = 6;
  private static final int SOME = 300;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(10);
  private static final String LATER = "99.0.0";
  private static final int FIRST_LATER_SCRIPT = 90;

  /// Stays where a test has failed, to be looked into.
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path database;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path dataDirs;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path logs;

  private final Random random = new Random(SEED);
  private final Queue<ThreadJournal> threads = new ConcurrentLinkedQueue<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final List<Thread> running = new ArrayList<>();
  private final List<ReconnectingFollower> followers = new ArrayList<>();
  private PostgresServer postgres;
  private ThreeReplicas replicas;
  private StrictClient.Work work;
  private volatile boolean over;

  @AfterEach
  void close() {
    over = true;
    followers.forEach(ReconnectingFollower::close);
    if (replicas != null) {
      replicas.close();
    }
    if (postgres != null) {
      postgres.close();
    }
  }

  @Test
  void allReplicasAreReplacedWhileNoRequestFails() throws Exception {
    postgres = PostgresServer.create(database);
    replicas = ThreeReplicas.start(dataDirs, logs, PostgresServer.url(postgres.port()));
    work = StrictClient.Work.begin(replicas, threads);
    startClients();
    awaitRequests();
    threads.stream().limit(3).forEach(this::follow);
    awaitRequests();

    migrateToLaterVersion();
    for (int n = 0; n < ThreeReplicas.COUNT; n++) {
      replace(n);
      awaitRequests();
    }
    over = true;
    for (var client : running) {
      client.join();
    }

    assertThat(failures).isEmpty();
    assertThat(postgres.query("SELECT string_agg(DISTINCT version, ' ') FROM replica"))
        .isEqualTo(LATER);
    for (var thread : threads) {
      ThreadAudit.of(replicas.client(random.nextInt(ThreeReplicas.COUNT)), thread);
    }
    followers.forEach(this::awaitEnd);
    System.out.printf(
        "upgrade: seed %d, requests %s, followers connected %s times%n",
        SEED, work.byKind(), followers.stream().map(ReconnectingFollower::connections).toList());
  }

  private void startClients() {
    IntStream.range(0, CLIENTS)
        .mapToObj(n -> new StrictClient("c" + n, new Random(random.nextLong()), work))
        .forEach(client -> running.add(Thread.ofVirtual().start(() -> use(client))));
  }

  private void use(StrictClient client) {
    try {
      while (!over) {
        client.step();
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    } catch (RuntimeException | AssertionError e) {
      failures.add(e);
    }
  }

  /// Several followers, which begin at different replicas.
  private void follow(ThreadJournal thread) {
    for (int n = 0; n < ThreeReplicas.COUNT; n++) {
      var choice = new Random(random.nextLong());
      followers.add(new ReconnectingFollower(thread.id(), replicas, choice));
    }
  }

  private void awaitRequests() {
    int wanted = work.requests() + SOME;
    await()
        .atMost(PATIENCE)
        .pollInterval(PAUSE)
        .until(() -> work.requests() >= wanted || !failures.isEmpty());
    assertThat(failures).isEmpty();
    followers.forEach(ReconnectingFollower::last);
  }

  /// As the first replica of a later version does, while those of the earlier one still run.
  private void migrateToLaterVersion() throws IOException {
    var scripts = Files.createDirectory(logs.resolve("migrations"));
    int version = FIRST_LATER_SCRIPT;
    for (var table : List.of("thread", "turn", "gap", "replica", "thread_owner", "rollout_file")) {
      Files.writeString(
          scripts.resolve("V%d__later.sql".formatted(version++)),
          "ALTER TABLE %s ADD COLUMN later INTEGER DEFAULT 0 NOT NULL;".formatted(table));
    }
    Flyway.configure()
        .dataSource(PostgresServer.url(postgres.port()), null, null)
        .locations("classpath:db/migration", "classpath:db/postgresql", "filesystem:" + scripts)
        .placeholders(Map.of("stored", "STORED"))
        .load()
        .migrate();
  }

  private void replace(int n) throws IOException, InterruptedException {
    var before = replicas.service(n);
    before.sigterm();
    assertThat(before.awaitExit()).isEqualTo(143);
    assertThat(before.stderr()).isEmpty();
    assertThat(before.stdout())
        .noneMatch(line -> line.contains(" WARN ") || line.contains(" ERROR "));
    assertThat(before.stdout()).anyMatch(line -> line.contains("were given up to other replicas"));

    var build = Files.writeString(logs.resolve("later.properties"), "build.version=" + LATER);
    replicas.restart(n, "SPRING_INFO_BUILD_LOCATION='file:%s'".formatted(build));
  }

  private void awaitEnd(ReconnectingFollower follower) {
    long end =
        expect(200, replicas.client(0).get(thread(follower.thread())))
                .json()
                .path("nextOrdinal")
                .longValue()
            - 1;
    await().atMost(PATIENCE).pollInterval(PAUSE).until(() -> follower.last() == end);
  }
}
