package dev.rollbook.packaged.torture;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.packaged.PackagedService;
import dev.rollbook.packaged.postgres.ReplicatedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// Rollouts in a PostgreSQL with a standby, which fail in all ways that need no power cut, while
/// clients append.
///
/// `-Drollbook.failover.rounds=` repeats all of them, `-Drollbook.failover.seed=` sends the same
/// again.
@Order(1)
class FailoverIT {
  private static final int ROUNDS = Integer.getInteger("rollbook.failover.rounds", 1);
  private static final long SEED =
      Long.getLong("rollbook.failover.seed", new Random().nextInt(1_000_000));
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int SOME = 200;

  private static final Pattern LOST_ITEMS =
      Pattern.compile(
          "the database lost items (?<first>\\d+) to (?<last>\\d+) of thread (?<thread>\\S+),");

  /// A loss, as the log or a gap tells of it.
  private record Loss(String thread, long first, long last) {
    long items() {
      return last - first + 1;
    }
  }

  /// Stays where a test has failed, to be looked into.
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path database;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path dataDirs;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path logs;

  private ReplicatedPostgres postgres;
  private PackagedService service;
  private SteadyLoad load;

  @AfterEach
  void close() throws Exception {
    if (load != null) {
      load.end();
    }
    if (service != null) {
      service.close();
    }
    if (postgres != null) {
      postgres.close();
    }
  }

  @Test
  void nothingIsLostOrDoubledWithASynchronousStandby() throws Exception {
    postgres = ReplicatedPostgres.create(database, true);
    service = start(postgres.url());
    load = SteadyLoad.start(service.client(), SEED);
    for (int round = 1; round <= ROUNDS; round++) {
      killTheService();
      crashTheDatabase();
      loseTheStandby();
      failOver();
    }
    load.stop();

    for (var thread : load.threads()) {
      ThreadAudit.of(service.client(), thread);
    }
    assertThat(service.stop()).isEqualTo(143);
    assertThat(service.stderr()).isEmpty();
    System.out.printf("failover: seed %d, %s, none lost%n", SEED, load);
  }

  /// The next service has an empty data-dir, as on another machine.
  private void killTheService() throws Exception {
    load.awaitPersisted(SOME);
    service.sigkill();
    service.awaitExit();
    assertNoError();
    service = start(postgres.url());
    load.sendTo(service.client());
    load.awaitPersisted(SOME);
  }

  private void crashTheDatabase() {
    load.slowest();
    postgres.primary().stopImmediately();
    load.awaitPending(SOME);
    postgres.primary().start();
    recover("crash of the database");
  }

  /// Connections are possible, but no commit returns.
  private void loseTheStandby() {
    load.slowest();
    postgres.standby().stopImmediately();
    load.awaitPending(SOME);
    postgres.standby().start();
    recover("loss of the standby");
  }

  private void failOver() throws IOException {
    load.slowest();
    postgres.failOver();
    recover("failover");
    if (ROUNDS > 1) {
      postgres.replaceLost();
      recover("failback");
    }
  }

  private void recover(String from) {
    load.awaitPersisted(SOME);
    load.awaitNoneIsPending();
    System.out.printf("failover: slowest answers during the %s: %s%n", from, load.slowest());
    assertNoError();
  }

  @Test
  void everyItemThatAnAsynchronousStandbyLacksIsAGap() throws Exception {
    postgres = ReplicatedPostgres.create(database, false);
    service = start(postgres.urlOfAll());
    for (int round = 1; round <= ROUNDS; round++) {
      failOverWithLoss(SEED + round);
    }
    assertThat(service.stop()).isEqualTo(143);
    assertThat(service.stderr()).isEmpty();
  }

  private void failOverWithLoss(long seed) throws Exception {
    double before = lostItems();
    load = SteadyLoad.start(service.client(), seed);
    load.awaitPersisted(SOME);
    // A thread that the standby does not know at all has no gaps either.
    load.keepThreads();
    load.awaitPersisted(SOME);
    postgres.awaitStandby();
    postgres.link().blackHole();
    load.awaitPersisted(SOME);
    postgres.failOver();
    load.awaitPersisted(SOME);
    load.stop();

    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(loggedLosses()).containsExactlyInAnyOrderElementsOf(lossesThatAreGaps()));
    var losses = lossesThatAreGaps();
    assertThat(losses).isNotEmpty();
    assertThat(lostItems() - before).isEqualTo(losses.stream().mapToLong(Loss::items).sum());
    for (var thread : load.threads()) {
      ThreadAudit.afterLoss(service.client(), thread);
    }
    assertThat(errors()).allMatch(line -> LOST_ITEMS.matcher(line).find());
    System.out.printf(
        "failover: seed %d, the standby lacked %.0f items, of %d threads%n",
        seed, lostItems() - before, losses.size());
    if (ROUNDS > 1) {
      postgres.replaceLost();
    }
  }

  private PackagedService start(String url) throws IOException {
    return PackagedService.start(
        Files.createTempDirectory(dataDirs, "data"),
        logs,
        "ROLLBOOK_STORAGE=database SPRING_DATASOURCE_URL='%s'".formatted(url));
  }

  private List<Loss> lossesThatAreGaps() {
    var all = new ArrayList<Loss>();
    for (var journal : load.threads()) {
      var gaps = service.client().get(thread(journal.id()) + "/gaps?limit=1000");
      for (var gap : gaps.json().path("data")) {
        if (gap.path("reason").stringValue().equals("storage_lost")) {
          all.add(
              new Loss(
                  journal.id(),
                  gap.path("firstOrdinal").longValue(),
                  gap.path("lastOrdinal").longValue()));
        }
      }
    }
    return all;
  }

  /// Of the threads of this load.
  private List<Loss> loggedLosses() {
    var threads = load.threads().stream().map(ThreadJournal::id).collect(Collectors.toSet());
    return errors()
        .map(LOST_ITEMS::matcher)
        .filter(found -> found.find() && threads.contains(found.group("thread")))
        .map(found ->
            new Loss(
                found.group("thread"),
                Long.parseLong(found.group("first")),
                Long.parseLong(found.group("last"))))
        .toList();
  }

  private double lostItems() {
    return expect(200, service.client().get("/actuator/metrics/rollout.items.lost"))
        .json()
        .at("/measurements/0/value")
        .doubleValue();
  }

  private void assertNoError() {
    assertThat(errors()).isEmpty();
  }

  private Stream<String> errors() {
    return service.stdout().stream().filter(line -> line.contains(" ERROR "));
  }
}
