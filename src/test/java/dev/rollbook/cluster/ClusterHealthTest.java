package dev.rollbook.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.model.ThreadId;
import dev.rollbook.statedb.RealPostgres;
import dev.rollbook.storage.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Health;

/// What an operator sees of the replicas: health and meters.
class ClusterHealthTest {
  private static final Runnable ANY = () -> {};

  private final TestDatabase database = TestDatabase.open();
  private final ThreadId thread = ThreadId.next();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private TestDatabase.Process first;
  private TestDatabase.Process second;

  @BeforeEach
  void start() throws IOException {
    first = database.replica("first");
    second = database.replica("second");
    first.member.beat();
    new ClusterMeters(first.member, first.threads).bindTo(meters);
  }

  @AfterEach
  void stop() {
    first.close();
    second.close();
    database.close();
  }

  @Test
  void allReplicasAreListedWithTheirVersions() {
    first.threads.acquire(thread, ANY);
    var health = health(first);

    assertThat(status(health)).isEqualTo("UP");
    assertThat(health.getDetails())
        .containsEntry("name", "first")
        .containsEntry("version", "test")
        .containsEntry("ownedThreads", 1)
        .doesNotContainKeys("lastTakeover", "lostThreads");
    assertThat(others(health))
        .singleElement(InstanceOfAssertFactories.map(String.class, Object.class))
        .containsEntry("name", "second")
        .containsEntry("address", "http://second:8080")
        .containsEntry("version", "test")
        .containsEntry("state", "alive")
        .containsKey("silentFor");
    assertThat(replicas("alive")).isEqualTo(2);
    assertThat(meters.get("cluster.threads.owned").gauge().value()).isEqualTo(1);
  }

  @Test
  void aReplicaThatStopsIsNotATrouble() throws IOException {
    second.member.stopping();
    second.member.beat();
    first.member.beat();

    assertThat(status(health(first))).isEqualTo("UP");
    assertThat(others(health(first)).getFirst()).containsEntry("state", "stopping");
    assertThat(replicas("stopping")).isEqualTo(1);
    second.close();
    first.member.beat();
    first.member.beat();
    assertThat(others(health(first))).isEmpty();
    assertThat(replicas("alive")).isEqualTo(1);
  }

  @Test
  void aReplicaThatIsGoneDegradesUntilItIsStartedAgain() {
    second.threads.acquire(thread, ANY);
    kill(second);

    var health = health(first);
    assertThat(status(health)).isEqualTo("DEGRADED");
    assertThat(health.getDetails()).containsKeys("impact", "remedy");
    assertThat(health.getDetails().get("impact").toString()).contains("second");
    assertThat(replicas("gone")).isEqualTo(1);

    first.threads.acquire(thread, ANY);
    assertThat(health(first).getDetails().get("lastTakeover"))
        .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
        .containsEntry("from", "second")
        .containsKey("at");

    try (var _ = database.replica("second")) {
      await().until(() -> replicas("alive") == 2);
      assertThat(status(health(first))).isEqualTo("UP");
      assertThat(others(health(first))).hasSize(1);
      assertThat(replicas("gone")).isZero();
    }
  }

  @Test
  void aReplicaWhoseThreadsWereTakenOverSaysSo() throws IOException {
    var taken = new SimpleMeterRegistry();
    new ClusterMeters(second.member, second.threads).bindTo(taken);
    first.threads.acquire(thread, ANY);
    kill(first);
    second.threads.acquire(thread, ANY);
    first.member.beatOnce();

    var health = health(first);

    assertThat(status(health)).isEqualTo("DEGRADED");
    assertThat(health.getDetails()).containsEntry("lostThreads", 1L).containsKey("remedy");
    assertThat(meters.get("cluster.claims.lost").functionCounter().count()).isEqualTo(1);
    assertThat(claims(taken, "taken_over")).isEqualTo(1);
    assertThat(claims(taken, "new")).isZero();
  }

  @Test
  void aThreadThatWasGivenUpIsClaimedAsFree() {
    first.threads.acquire(thread, ANY).release();
    first.threads.giveUpIdle();
    first.threads.acquire(thread, ANY);

    assertThat(claims(meters, "new")).isEqualTo(1);
    assertThat(claims(meters, "free")).isEqualTo(1);
    assertThat(claims(meters, "taken_over")).isZero();
  }

  /// Each replica would take all others for silent, or forget them.
  @Test
  void whileTheDatabaseIsAwayTheOtherReplicasAreUnknown() {
    RealPostgres.shut(database.name());
    try {
      await().until(() -> status(health(first)).equals("UNKNOWN"));
      assertThat(others(health(first))).isEmpty();
      assertThat(replicas("alive")).isNaN();
      assertThat(replicas("gone")).isNaN();
    } finally {
      RealPostgres.open(database.name());
    }
    await().until(() -> status(health(first)).equals("UP"));
  }

  private void kill(TestDatabase.Process process) {
    var id = process.member.self().id();
    process.member.endBeats();
    var other = process == first ? second : first;
    await().until(() -> other.member.isGone(id));
  }

  private double replicas(String state) {
    return meters.get("cluster.replicas").tag("state", state).gauge().value();
  }

  private static double claims(SimpleMeterRegistry meters, String kind) {
    return meters.get("cluster.claims").tag("kind", kind).functionCounter().count();
  }

  private static Health health(TestDatabase.Process process) {
    return new ClusterHealth(process.member, process.threads).health();
  }

  private static String status(Health health) {
    return health.getStatus().getCode();
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> others(Health health) {
    return (List<Map<String, Object>>) health.getDetails().get("replicas");
  }
}
