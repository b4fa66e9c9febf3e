package dev.rollbook.statedb;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.skips.Gaps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.ApplicationContext;
import org.springframework.dao.DataAccessException;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.transaction.TransactionException;

/// A PostgreSQL as the state-db, and what happens while it is away.
class StateDbOnPostgresHttpTest extends StateDbHttpContract {
  private static final String DATABASE = RealPostgres.newDatabase();
  private static final int CLIENTS = 200;

  /// As many as are kept.
  private static final int MANY = 2000;

  @DynamicPropertySource
  static void postgres(DynamicPropertyRegistry registry) {
    var dataDir = temporary();
    var watched = temporary();
    registry.add("spring.datasource.url", () -> RealPostgres.url(DATABASE));
    registry.add("test.data-dir", dataDir::toString);
    registry.add("test.watched-dir", watched::toString);
  }

  @AfterEach
  void itIsBack() {
    disk.heal();
    RealPostgres.open(DATABASE);
    await().until(() -> client.get("/v1/threads").status() == 200);
    await().until(() -> client.get("/actuator/health").at("status").equals("UP"));
    // Logs that the state-db answers, which the next test would take for the end of its own outage.
    saveRows();
  }

  @Test
  void appendsContinueAndRowsCatchUpWithOneLogLineEach() {
    var id = client.startThread();
    var turn = client.startTurn(id);
    saveRows();

    shut();

    assertThat(expect(200, client.append(id, turn, "1")).at("persistence", "status"))
        .isEqualTo("persisted");
    expect(200, client.complete(id, turn));
    assertThat(expect(200, client.get(turn(id, turn))).at("status")).isEqualTo("completed");
    assertAway(client.get(thread(id)));
    assertAway(client.get("/v1/threads"));
    assertAway(client.post("/v1/threads", "{}"));
    assertAway(client.post(thread(id) + "/turns", "{}"));
    await()
        .until(() ->
            logged(Level.WARN).stream().anyMatch(line -> line.startsWith("state-db does not")));
    RealPostgres.open(DATABASE);

    await()
        .untilAsserted(() -> {
          assertThat(logged(Level.INFO)).anyMatch(line -> line.startsWith("state-db answers"));
          var row = threadRows.findById(UUID.fromString(id)).orElseThrow();
          assertThat(row.counters().itemCount()).isEqualTo(4);
          assertThat(row.counters().turnCount()).isEqualTo(1);
        });
    assertRebuiltAsItIs(id);
    assertThat(loggedOutsideJobs(Level.WARN))
        .singleElement()
        .asString()
        .startsWith("state-db does not answer: ");
    assertThat(logged(Level.INFO)).filteredOn(line -> line.startsWith("state-db")).hasSize(2);
  }

  @Test
  void healthIsDownOnlyIfRolloutsCannotBeWrittenEither() {
    var id = client.startThread();
    shut();
    client.get("/v1/threads");

    var degraded = expect(200, client.get("/actuator/health"));
    assertThat(degraded.at("status")).isEqualTo("DEGRADED");
    assertThat(degraded.at("components", "stateDb", "status")).isEqualTo("DEGRADED");

    disk.failWrites(path -> true, () -> new IOException("No space left on device"));
    expect(200, client.post(thread(id) + "/items", body("1")));
    var down = expect(503, client.get("/actuator/health"));
    assertThat(down.at("components", "stateDb", "status")).isEqualTo("DOWN");
    expect(200, client.get("/actuator/health/liveness"));
    expect(200, client.get("/actuator/health/readiness"));

    disk.heal();
    expect(200, client.post(thread(id) + "/items", body("2")));
    assertThat(expect(200, client.get("/actuator/health")).at("components", "stateDb", "status"))
        .isEqualTo("DEGRADED");
  }

  @Test
  void gapsBeyondTheBufferAreFoundAgainInTheRollout() throws IOException {
    var id = client.startThread();
    var crowd = client.startThread();
    var file = dataDir(context).resolve(client.get(thread(id)).at("rollout", "path"));
    saveRows();
    shut();
    client.get("/v1/threads");

    Files.move(file, file.resolveSibling("aside"));
    expect(200, client.post(thread(id) + "/items", body("\"lost\"")));
    Files.move(file.resolveSibling("aside"), file);
    expect(200, client.post(thread(id) + "/items", body("\"kept\"")));
    var gapsOnTheirWay = context.getBean(Gaps.class);
    for (int n = 0; n < MANY; n++) {
      gapsOnTheirWay.addHole(
          GapRow.open(
              UUID.fromString(crowd), null, 10 + 2 * n, 11 + 2 * n, "unknown", Instant.now()));
    }
    // Whoever was about to write those that are too many now has failed before.
    assertThatThrownBy(gapsOnTheirWay::flush)
        .isInstanceOfAny(DataAccessException.class, TransactionException.class);
    RealPostgres.open(DATABASE);

    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> {
          var gaps = expect(200, client.get(thread(id) + "/gaps")).json().path("data");
          assertThat(gaps)
              .singleElement()
              .satisfies(gap -> {
                assertThat(gap.path("reason").stringValue()).isEqualTo("unknown");
                assertThat(gap.path("firstOrdinal").longValue()).isEqualTo(1);
                assertThat(gap.path("lastOrdinal").longValue()).isEqualTo(1);
              });
        });
    assertThat(client.get(thread(id)).at("completeness")).isEqualTo("gapped");
    client.delete(thread(crowd));
  }

  /// Of a thread that is not in memory all wait for one another: only one may wait for the pool.
  @Test
  void manyRequestsThatNeedRowsAreRejectedSoon() throws Exception {
    var ids = Stream.generate(this::unloaded).limit(20).toList();
    shut();

    var refused = new ArrayList<Answer>();
    // One wait for the pool takes three seconds, and one after the other half a minute.
    assertThat(timeOf(() -> refused.addAll(atOnce(n -> appendTo(ids.get(n % ids.size()))))))
        .isLessThan(Duration.ofSeconds(20));
    // Then nobody waits for the pool, though a busy machine may need longer for some of the rounds.
    await()
        .untilAsserted(() ->
            assertThat(timeOf(() -> refused.addAll(atOnce(n -> read(ids.get(n % ids.size()))))))
                .isLessThan(Duration.ofSeconds(3)));

    assertThat(refused).allSatisfy(StateDbOnPostgresHttpTest::assertAway);
  }

  @Test
  void startsThatMeetAnOutageFailTogetherAndLeaveNoRollout() throws Exception {
    var before = rollouts();
    shut();

    assertThat(atOnce(n -> () -> client.post("/v1/threads", "{}")))
        .allSatisfy(StateDbOnPostgresHttpTest::assertAway);

    assertThat(rollouts()).isEqualTo(before);
  }

  private Set<Path> rollouts() throws IOException {
    try (var files = Files.walk(dataDir(context).resolve("sessions"))) {
      return files.filter(Files::isRegularFile).collect(toSet());
    }
  }

  private Callable<Answer> appendTo(String id) {
    return () -> client.post(thread(id) + "/items", body("1"));
  }

  private Callable<Answer> read(String id) {
    return () -> client.get(thread(id));
  }

  private static Duration timeOf(Callable<?> action) throws Exception {
    long begun = System.nanoTime();
    action.call();
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  private List<Answer> atOnce(IntFunction<Callable<Answer>> call) throws InterruptedException {
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      return new ArrayList<>(
          clients.invokeAll(IntStream.range(0, CLIENTS).mapToObj(call).toList()).stream()
              .map(Future::resultNow)
              .toList());
    }
  }

  private String unloaded() {
    var id = client.startThread();
    expect(200, client.post(thread(id) + "/archive"));
    expect(200, client.post(thread(id) + "/unarchive"));
    return id;
  }

  private static Path dataDir(ApplicationContext of) {
    return Path.of(of.getEnvironment().getRequiredProperty("rollbook.data-dir"));
  }

  private static void shut() {
    RealPostgres.shut(DATABASE);
  }

  private static void assertAway(Answer answer) {
    expect(503, answer);
    assertThat(answer.at("code")).isEqualTo("state_db_unavailable");
    assertThat(answer.at("retryable")).isEqualTo("true");
    assertThat(answer.header("retry-after")).isEqualTo("5");
  }
}
