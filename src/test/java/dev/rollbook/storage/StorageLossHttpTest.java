package dev.rollbook.storage;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static dev.rollbook.rollout.disk.FaultyDisk.inputOutputError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.HttpTest;
import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.live.LiveThread;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.TestRollouts;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import dev.rollbook.rollout.line.ForeignLine;
import dev.rollbook.rollout.line.RawLine;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.availability.CircuitBreakerDataSource;
import dev.rollbook.statedb.dialect.StateDbDialect;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.util.ReflectionTestUtils;
import tools.jackson.databind.JsonNode;

/// A database that lost its last commits, as after a failover to a standby that lagged behind.
@EnabledIfSystemProperty(named = "rollbook.test.storage", matches = "database")
class StorageLossHttpTest extends HttpTest {
  @Test
  void persistedItemsThatTheDatabaseLostAreAGap() {
    var id = client.startThread();
    for (var item : new String[] {"a", "b", "c"}) {
      assertThat(status(append(id, item))).isEqualTo("persisted");
    }
    saveRows();

    loseLastAppends(id, 2);
    assertThat(status(append(id, "d"))).isEqualTo("skipped");
    retryPendingItems();

    var gap = expect(200, client.get(thread(id) + "/gaps")).json().path("data");
    assertThat(gap).hasSize(1);
    assertThat(gap.path(0).path("reason").stringValue()).isEqualTo("storage_lost");
    assertThat(gap.path(0).path("firstOrdinal").asLong()).isEqualTo(2);
    assertThat(gap.path(0).path("lastOrdinal").asLong()).isEqualTo(3);
    assertThat(ordinals(id)).containsExactly(0L, 1L, 4L);
    assertThat(client.get(thread(id)).at("itemCount")).isEqualTo("3");
    assertThat(client.get(thread(id)).at("completeness")).isEqualTo("gapped");
    assertThat(metric("rollout_items_lost_total")).isGreaterThanOrEqualTo(2);
    assertThat(metric("rollout_commit_seconds_count")).isPositive();
    assertThat(metric("rollout_commit_group\\w*_sum")).isPositive();
    assertThat(logged(Level.ERROR))
        .singleElement()
        .asString()
        .startsWith("the database lost items 2 to 3 of thread " + id);
    forgetLog();

    assertThat(append(id, "b").at("duplicates")).as("a lost item is new again").isEqualTo("0");
    unload(id);
    assertThat(append(id, "e").at("firstOrdinal")).isEqualTo("6");
    assertThat(ordinals(id)).containsExactly(0L, 1L, 4L, 5L, 6L);
  }

  @Test
  void aClientRepairsTheGap() {
    var id = client.startThread();
    append(id, "a");
    append(id, "b");
    loseLastAppends(id, 1);
    append(id, "c");
    retryPendingItems();
    forgetLog();
    var gap = client.get(thread(id) + "/gaps").json().path("data").path(0).path("id").stringValue();

    expect(200, client.repair(id, gap, items("b")));

    assertThat(ordinals(id)).containsExactly(0L, 1L, 2L, 3L);
    assertThat(client.get(thread(id)).at("completeness")).isEqualTo("complete");
    assertThat(client.get(thread(id)).at("itemCount")).isEqualTo("4");
  }

  @Test
  void anIdleThreadIsComparedBeforeItIsUnloaded() {
    var id = client.startThread();
    append(id, "a");
    saveRows();
    var row = progress(id);
    append(id, "b");
    append(id, "c");
    saveRows();

    loseLastAppends(id, 2);
    loseProgress(id, row);
    unloadIdle(Duration.ZERO);
    unload(id);

    assertLost(id, 2, 3);
    assertThat(append(id, "d").at("firstOrdinal")).isEqualTo("4");
    assertThat(ordinals(id)).containsExactly(0L, 1L, 4L);
    assertThat(client.get(thread(id)).at("itemCount")).isEqualTo("3");
  }

  @Test
  void anEvictedThreadIsComparedBefore() {
    var id = client.startThread();
    append(id, "a");
    append(id, "b");
    saveRows();
    loseLastAppends(id, 1);

    assertThat(evict(id)).as("unloaded with a loss that no row has").isFalse();
    assertLost(id, 2, 2);
    saveRows();
    assertThat(evict(id)).isTrue();
    assertThat(append(id, "c").at("firstOrdinal")).isEqualTo("3");
  }

  @Test
  void anArchivedThreadIsComparedBefore() {
    var id = client.startThread();
    append(id, "a");
    append(id, "b");
    loseLastAppends(id, 1);

    expect(200, client.post(thread(id) + "/archive"));

    assertLost(id, 2, 2);
    assertThat(client.get(thread(id)).at("nextOrdinal")).isEqualTo("3");
  }

  @Test
  void idleThreadsAreComparedAfterAnOutage() {
    // Of an outage that an earlier test caused.
    search("searchAfterOutage");
    var id = client.startThread();
    append(id, "a");
    append(id, "b");
    saveRows();
    loseLastAppends(id, 1);

    search("searchAfterOutage");
    assertThat(logged(Level.ERROR)).as("without an outage, nothing is compared").isEmpty();
    ReflectionTestUtils.invokeMethod(context.getBean("rowFlusher"), "away", "test");
    saveRows();
    search("searchAfterOutage");

    assertLost(id, 2, 2);
    awaitReconciled();
  }

  /// The pools were connected to the new primary before any caller had to wait for a connection.
  @Test
  void aRowThatAnotherServerLacksIsRestored() {
    var id = client.startThread();
    append(id, "a");
    append(id, "b");
    saveRows();

    loseLastAppends(id, 1);
    jdbc().update("DELETE FROM thread WHERE id = ?::uuid", id);
    serverWasAnother();
    append(id, "c");
    retryPendingItems();
    saveRows();

    assertLost(id, 2, 2);
    assertThat(status(append(id, "d"))).isEqualTo("persisted");
    assertThat(ordinals(id)).containsExactly(0L, 1L, 3L, 4L);
    awaitReconciled();
  }

  @Test
  void idleThreadsAreComparedAfterAFailoverThatNoCallerWaitedFor() {
    search("searchAfterOutage");
    var id = client.startThread();
    append(id, "a");
    saveRows();
    loseLastAppends(id, 1);

    serverWasAnother();
    append(client.startThread(), "b");
    saveRows();
    search("searchAfterOutage");

    assertLost(id, 1, 1);
    awaitReconciled();
  }

  @Test
  void allThreadsAreComparedWhenTheServiceStops() {
    var id = client.startThread();
    append(id, "a");
    loseLastAppends(id, 1);

    search("searchBeforeStop");

    assertLost(id, 1, 1);
  }

  @Test
  void aLostRolloutIsLoggedAndCounted() {
    var id = client.startThread();
    append(id, "a");
    saveRows();
    double before = metric("rollout_items_lost_total");
    jdbc().update("UPDATE rollout_file SET path = NULL WHERE path LIKE ?", "%" + id + "%");

    unload(id);

    assertThat(logged(Level.ERROR))
        .singleElement()
        .asString()
        .startsWith("the database lost the rollout of thread " + id + ", with 2 items");
    forgetLog();
    assertThat(metric("rollout_items_lost_total")).isEqualTo(before + 2);
  }

  @Test
  void linesOfAnotherProgramTakeNoOrdinalOfALostItem() {
    var id = client.startThread();
    appendForeign(id, "a", "b");
    appendForeign(id, "c");
    loseLastAppends(id, 1);
    search("searchBeforeStop");
    assertLost(id, 3, 3);
    // Closed by the search, so that the next append opens the file and finds it shorter.
    appendForeign(id, "d");
    closeFile(id);
    loseLastAppends(id, 1);

    appendForeign(id, "e");

    assertLost(id, 4, 4, 3, 3);
    assertThat(ordinals(id)).containsExactly(0L, 1L, 2L, 5L);
    assertThat(client.get(thread(id)).at("itemCount")).isEqualTo("4");
  }

  /// At its reading, an append of another program opens the file, and then assigns ordinals.
  @Test
  void aLossWhileLinesOfAnotherProgramGetTheirOrdinalsRefusesThem() {
    var twin = client.startThread();
    append(twin, "a");
    unload(twin);
    var id = client.startThread();
    append(id, "a");
    unload(id);
    awaitIndexed();
    int beforeAppend = callsBeforeAppend(twin);
    var rollout = rollout(id);
    var calls = new AtomicInteger();
    disk.fail(
        call -> {
          if (call.path().equals(rollout) && calls.incrementAndGet() == beforeAppend) {
            ReflectionTestUtils.invokeMethod(writer(id), "closeIfUnused");
            loseLastAppends(id, 1);
          }
          return false;
        },
        inputOutputError());

    assertThatThrownBy(() -> appendForeign(id, "b")).isInstanceOf(PersistenceUnavailable.class);
    disk.heal();
    appendForeign(id, "b");

    assertLost(id, 1, 1);
    assertThat(ordinals(id)).containsExactly(0L, 2L);
  }

  /// Indexing reads rollouts, too, which tests that count calls of the disk must not see.
  private void awaitIndexed() {
    await().until(() -> client.get("/actuator/searchindex").at("behind").equals("0"));
  }

  /// Calls for the rollout of a thread that is not loaded, before a line of another program is
  /// written to it.
  private int callsBeforeAppend(String id) {
    var rollout = rollout(id);
    disk.heal();
    appendForeign(id, "b");
    return disk.calls().stream()
        .filter(call -> call.path().equals(rollout))
        .map(FaultyDisk.Call::operation)
        .toList()
        .indexOf(Operation.APPEND);
  }

  private Object writer(String id) {
    var recorder = ReflectionTestUtils.getField(live(id), "recorder");
    return ReflectionTestUtils.getField(recorder, "writer");
  }

  @Test
  void aRepairDoesNotHideALossBehindTheGap() {
    var id = client.startThread();
    for (var item : new String[] {"a", "b"}) {
      append(id, item);
    }
    loseLastAppends(id, 1);
    search("searchBeforeStop");
    assertLost(id, 2, 2);
    append(id, "c");
    append(id, "d");
    loseLastAppends(id, 1);

    expect(200, client.repair(id, gaps(id).path(0).path("id").stringValue(), items("b")));

    assertLost(id, 4, 4);
    assertThat(ordinals(id)).containsExactly(0L, 1L, 2L, 3L);
    expect(200, client.repair(id, gaps(id).path(0).path("id").stringValue(), items("d")));
    assertThat(ordinals(id)).containsExactly(0L, 1L, 2L, 3L, 4L);
    assertThat(client.get(thread(id)).at("completeness")).isEqualTo("complete");
  }

  @Test
  void theItemsOfALostRepairAreAGapAgain() {
    var id = client.startThread();
    var before = repaired(id);

    lose(before);
    saveRows();
    unloadIdle(Duration.ZERO);

    assertLost(id, 2, 2);
    assertThat(client.get(thread(id)).at("itemCount")).isEqualTo("3");
    expect(200, client.repair(id, gaps(id).path(0).path("id").stringValue(), items("b")));
    assertThat(client.get(thread(id)).at("completeness")).isEqualTo("complete");
  }

  @Test
  void aRepairThatIsLostWithTheItemsAfterItIsAGapAgain() {
    var id = client.startThread();
    var before = repaired(id);
    append(id, "d");

    lose(before);
    search("searchBeforeStop");

    assertThat(logged(Level.ERROR)).hasSize(2);
    forgetLog();
    assertThat(gaps(id).valueStream().map(gap -> gap.path("firstOrdinal").longValue()))
        .containsExactly(2L, 4L);
    assertThat(client.get(thread(id)).at("itemCount")).isEqualTo("3");
  }

  /// The ordinal that a line states counts only if it is greater than that of the line before it.
  @Test
  void anImportedLineWithALowOrdinalDoesNotMakeALossLonger() throws IOException {
    var id = client.startThread();
    append(id, "a");
    unload(id);
    files.append(rollout(id), "{\"ordinal\":0,\"type\":\"note\",\"payload\":1}\n");
    append(id, "b");
    append(id, "c");

    loseLastAppends(id, 2);
    search("searchBeforeStop");

    assertLost(id, 3, 4);
    assertThat(append(id, "d").at("firstOrdinal")).isEqualTo("5");
    assertThat(ordinals(id)).containsExactly(0L, 1L, 2L, 5L);
  }

  /// A process that was paused has written the thread after this one had loaded it.
  @Test
  void anItemThatAReplacedProcessHasWrittenIsADuplicate() throws IOException {
    var id = loadedWithOneItem();
    files.append(rollout(id), TestRollouts.text(TestRollouts.lines(2, "b")));

    assertThat(append(id, "b").at("duplicates")).isEqualTo("1");
    assertThat(append(id, "c").at("firstOrdinal")).isEqualTo("3");
    assertThat(ordinals(id)).containsExactly(0L, 1L, 2L, 3L);
    assertThat(client.get(thread(id)).at("completeness")).isEqualTo("complete");
  }

  @Test
  void aTurnBeginsAfterTheItemsOfAReplacedProcess() throws IOException {
    var id = loadedWithOneItem();
    files.append(rollout(id), TestRollouts.text(TestRollouts.lines(2, "b")));

    var turn = client.startTurn(id);
    expect(200, client.complete(id, turn));

    assertThat(ordinals(id)).containsExactly(0L, 1L, 2L, 3L, 4L);
    assertThat(client.get(turn(id, turn)).at("status")).isEqualTo("completed");
  }

  /// Its file is not open.
  private String loadedWithOneItem() {
    var id = client.startThread();
    append(id, "a");
    unload(id);
    context.getBean(LiveThreads.class).with(ThreadId.parse(id), LiveThread::id);
    return id;
  }

  /// The row of a thread, as it was before the last items, would look as if another process had
  /// written them.
  @Test
  void aThreadWhoseRolloutCannotBeReadIsNotLoaded() {
    var id = client.startThread();
    append(id, "a");
    saveRows();
    var row = progress(id);
    append(id, "b");
    unload(id);
    loseProgress(id, row);
    var rollout = rollout(id);
    disk.fail(call -> call.is(Operation.READ, rollout), inputOutputError());

    var refused = client.post(thread(id) + "/items", items("c"));
    assertThat(refused.status()).isEqualTo(503);
    disk.heal();

    assertThat(append(id, "b").at("duplicates")).isEqualTo("1");
    assertThat(append(id, "c").at("firstOrdinal")).isEqualTo("3");
  }

  @Test
  void aDamagedRolloutDoesNotKeepItsThreadInMemory() throws IOException {
    var id = client.startThread();
    append(id, "a");
    unload(id);
    var rollout = rollout(id);
    files.write(DataDir.compressed(rollout), new byte[] {1, 2, 3});
    files.delete(rollout);
    context.getBean(LiveThreads.class).with(ThreadId.parse(id), LiveThread::id);

    assertThat(evict(id)).isTrue();

    assertThat(loggedOutsideJobs(Level.WARN))
        .anyMatch(line -> line.startsWith("rollout of thread " + id + " is not compared"));
    expect(204, client.delete(thread(id)));
  }

  @Test
  void aWriteOfUnknownOutcomeIsUndoneBeforeItsThreadIsUnloaded() throws IOException {
    var id = client.startThread("{\"persistence\":\"required\"}");
    append(id, "a");
    saveRows();
    var rollout = rollout(id);
    disk.tearNextWrite(Integer.MAX_VALUE, inputOutputError());
    disk.fail(call -> call.is(Operation.SIZE, rollout), inputOutputError());
    assertThat(client.post(thread(id) + "/items", items("b")).status()).isEqualTo(503);
    saveRows();
    assertThatThrownBy(() -> evict(id)).hasRootCauseMessage("Input/output error");
    disk.heal();

    assertThat(evict(id)).isTrue();

    assertThat(files.readString(rollout)).doesNotContain("\"b\"");
    assertThat(append(id, "c").at("firstOrdinal")).isEqualTo("2");
  }

  @Test
  void itemsThatAreWrittenWhenTheServiceStopsAreComparedToo() {
    var id = client.startThread();
    append(id, "a");
    var rollout = rollout(id);
    var stopping = new AtomicBoolean();
    var written = new AtomicBoolean();
    disk.fail(
        call -> {
          if (call.is(Operation.CLOSE, rollout) && written.getAndSet(false)) {
            loseLastAppends(id, 1);
          }
          if (call.is(Operation.APPEND, rollout)) {
            written.set(stopping.get());
            return !stopping.get();
          }
          return false;
        },
        inputOutputError());
    assertThat(status(append(id, "b"))).isEqualTo("skipped");

    var shutdown = context.getBean("gracefulShutdown", SmartLifecycle.class);
    stopping.set(true);
    shutdown.stop();
    shutdown.start();

    assertLost(id, 2, 2);
  }

  @Test
  void aLossOfOneThreadWritesNoGapsOfOthers() {
    var other = client.startThread();
    append(other, "a");
    loseLastAppends(other, 1);
    search("searchBeforeStop");
    assertLost(other, 1, 1);
    jdbc().update("DELETE FROM gap WHERE thread_id = ?::uuid", other);
    var id = client.startThread();
    append(id, "a");
    loseLastAppends(id, 1);

    search("searchBeforeStop");

    assertLost(id, 1, 1);
    assertThat(gaps(other)).isEmpty();
  }

  @Test
  void aLossAtTheEndOfALongRolloutReadsOnlyItsEnd() {
    var id = client.startThread();
    var payload = "x".repeat(1 << 20);
    for (var item : new String[] {"a", "b", "c"}) {
      expect(
          200,
          client.post(
              thread(id) + "/items",
              "{\"items\":[{\"id\":\"%s\",\"type\":\"note\",\"payload\":\"%s\"}]}"
                  .formatted(item, payload)));
    }
    append(id, "d");
    append(id, "e");
    var rollout = rollout(id);
    awaitIndexed();
    loseLastAppends(id, 1);
    disk.heal();

    search("searchBeforeStop");

    assertLost(id, 5, 5);
    assertThat(disk.calls().stream().filter(call -> call.is(Operation.READ, rollout)))
        .hasSizeLessThan(10);
  }

  /// As while the synchronous standby does not answer.
  @Test
  void gapsAreReadAlthoughTheyCannotBeWritten() throws SQLException {
    var id = client.startThread();
    append(id, "a");
    var rollout = rollout(id);
    saveRows();
    var rows = context.getBean(DataSource.class).unwrap(CircuitBreakerDataSource.class);
    disk.failWrites(rollout::equals, inputOutputError());
    rows.setStall("no commit returns");
    try {
      assertThat(status(append(id, "b"))).isEqualTo("skipped");

      assertThat(gaps(id)).hasSize(1);
      var gap = gaps(id).path(0);
      assertThat(gap.path("firstOrdinal").asLong()).isEqualTo(2);
      assertThat(ordinals(id)).containsExactly(0L, 1L);
    } finally {
      rows.setStall(null);
      disk.heal();
    }
    retryPendingItems();
    saveRows();
    assertThat(gaps(id)).isEmpty();
    awaitReconciled();
  }

  /// It breaks no connection, and loses nothing.
  @Test
  void aStallStartsNoSearchForLosses() throws SQLException {
    search("searchAfterOutage");
    var id = client.startThread();
    append(id, "a");
    saveRows();
    var rows = context.getBean(DataSource.class).unwrap(CircuitBreakerDataSource.class);

    rows.setStall("no commit returns");
    try {
      append(id, "b");
      saveRows();
    } finally {
      rows.setStall(null);
    }
    saveRows();
    loseLastAppends(id, 2);
    search("searchAfterOutage");

    assertThat(logged(Level.ERROR)).as("nothing is compared").isEmpty();
    search("searchBeforeStop");
    assertLost(id, 1, 2);
  }

  /// A thread with the items `a`, `b`, whose gap was repaired, and `c`.
  ///
  /// @return the row of its file before the repair
  private Map<String, Object> repaired(String id) {
    append(id, "a");
    append(id, "b");
    loseLastAppends(id, 1);
    search("searchBeforeStop");
    assertLost(id, 2, 2);
    append(id, "c");
    var before = jdbc().queryForMap("SELECT * FROM rollout_file WHERE path LIKE ?", "%" + id + "%");
    expect(200, client.repair(id, gaps(id).path(0).path("id").stringValue(), items("b")));
    return before;
  }

  private void lose(Map<String, Object> earlier) {
    jdbc().update("UPDATE rollout_file SET path = NULL WHERE path = ?", earlier.get("path"));
    jdbc()
        .update(
            "UPDATE rollout_file SET path = ? WHERE key = ?",
            earlier.get("path"),
            earlier.get("key"));
  }

  /// The last gap was just recorded, with one ERROR; those before it were there already.
  ///
  /// @param range first and last ordinal, of the last gap first
  private void assertLost(String id, long... range) {
    assertThat(logged(Level.ERROR))
        .singleElement()
        .asString()
        .startsWith(
            "the database lost items %d to %d of thread %s".formatted(range[0], range[1], id));
    forgetLog();
    var found = gaps(id);
    assertThat(found).hasSize(range.length / 2);
    for (int i = 0; i < found.size(); i++) {
      var gap = found.path(found.size() - 1 - i);
      assertThat(gap.path("reason").stringValue()).isEqualTo("storage_lost");
      assertThat(gap.path("firstOrdinal").asLong()).isEqualTo(range[2 * i]);
      assertThat(gap.path("lastOrdinal").asLong()).isEqualTo(range[2 * i + 1]);
    }
  }

  private JsonNode gaps(String id) {
    return expect(200, client.get(thread(id) + "/gaps")).json().path("data");
  }

  /// As far as the service knows.
  private void serverWasAnother() {
    var start =
        (AtomicReference<?>)
            ReflectionTestUtils.getField(context.getBean(StateDbDialect.class), "start");
    ReflectionTestUtils.invokeMethod(start, "set", "earlier");
  }

  private void search(String method) {
    ReflectionTestUtils.invokeMethod(context.getBean("lossSearch"), method);
  }

  private boolean evict(String id) {
    return Boolean.TRUE.equals(ReflectionTestUtils.invokeMethod(live(id), "evict"));
  }

  private void closeFile(String id) {
    ReflectionTestUtils.invokeMethod(live(id), "closeFile");
  }

  private LiveThread live(String id) {
    return context.getBean(LiveThreads.class).find(ThreadId.parse(id)).orElseThrow();
  }

  private void appendForeign(String id, String... items) {
    var lines = Stream.of(items).map(StorageLossHttpTest::foreign).toList();
    context.getBean(LiveThreads.class).with(ThreadId.parse(id), to -> to.appendForeign(lines));
  }

  /// A line as Codex writes it: it states no ordinal.
  private static ForeignLine foreign(String text) {
    var bytes =
        """
        {"timestamp":"2026-11-22T12:45:58.677Z","type":"note","payload":"%s"}\
        """
            .formatted(text)
            .getBytes(StandardCharsets.UTF_8);
    return new ForeignLine(
        RolloutLine.parse(bytes, 0, bytes.length).orElseThrow(),
        new RawLine(bytes, 0, bytes.length));
  }

  /// What the row says of the rollout.
  private Map<String, Object> progress(String id) {
    return jdbc()
        .queryForMap(
            "SELECT next_ordinal, item_count, rollout_bytes FROM thread WHERE id = ?::uuid", id);
  }

  private void loseProgress(String id, Map<String, Object> earlier) {
    jdbc()
        .update(
            "UPDATE thread SET next_ordinal = ?, item_count = ?, rollout_bytes = ?"
                + " WHERE id = ?::uuid",
            earlier.get("next_ordinal"),
            earlier.get("item_count"),
            earlier.get("rollout_bytes"),
            id);
  }

  private JdbcTemplate jdbc() {
    return new JdbcTemplate(context.getBean(DataSource.class));
  }

  private void loseLastAppends(String id, int count) {
    var jdbc = jdbc();
    jdbc.update(
        """
        UPDATE rollout_file SET size = (
          SELECT start FROM rollout_chunk WHERE file = key ORDER BY start DESC OFFSET ? LIMIT 1)
        WHERE path LIKE ?
        """,
        count - 1,
        "%" + id + "%");
    jdbc.update("DELETE FROM rollout_chunk USING rollout_file WHERE file = key AND start >= size");
  }

  private Answer append(String thread, String item) {
    return expect(200, client.post(thread(thread) + "/items", items(item)));
  }

  private static String items(String id) {
    return "{\"items\":[{\"id\":\"%s\",\"type\":\"note\",\"payload\":1}]}".formatted(id);
  }

  private static String status(Answer append) {
    return append.at("persistence", "status");
  }

  private Long[] ordinals(String id) {
    var data = expect(200, client.get(thread(id) + "/items")).json().path("data");
    return data.valueStream().map(item -> item.path("ordinal").longValue()).toArray(Long[]::new);
  }
}
