package dev.rollbook.storage;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.HttpTest;
import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.datadir.DisplacedLines;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.line.EncodedLines;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.util.ReflectionTestUtils;

/// A process that was paused, while another one has claimed its threads.
@EnabledIfSystemProperty(named = "rollbook.test.storage", matches = "database")
class OwnershipLossHttpTest extends HttpTest {
  @Test
  void aThreadThatAnotherProcessHasWrittenIsLoadedAgain() {
    var id = client.startThread();
    append(id, "a");
    claimThread(id);
    claimFiles(id);
    appendElsewhere(id, 2);

    var appended = append(id, "b");

    assertThat(appended.at("persistence", "status")).isEqualTo("persisted");
    assertThat(appended.at("firstOrdinal")).isEqualTo("3");
    assertThat(ordinals(id)).containsExactly(0L, 1L, 2L, 3L);
    assertThat(client.get(thread(id)).at("itemCount")).isEqualTo("4");
    assertThat(append(id, "a").at("duplicates")).isEqualTo("1");
  }

  @Test
  void aTurnGoesOnWithTheNextAppend() {
    var id = client.startThread();
    var turn = client.startTurn(id);
    saveRows();
    claimThread(id);
    claimFiles(id);

    var appended = client.append(id, turn, "\"b\"");

    assertThat(appended.at("persistence", "status")).isEqualTo("persisted");
    expect(200, client.complete(id, turn));
  }

  /// Else the second attempt would find the row of the first one, and acknowledge it.
  @Test
  void aTurnWhoseStartFindsTheThreadTakenOverIsStartedWithItsInput() {
    var id = client.startThread();
    append(id, "a");
    claimThread(id);
    claimFiles(id);
    var turn = TurnId.next();

    expect(
        201,
        client.post(
            thread(id) + "/turns", "{\"id\":\"%s\",\"input\":\"the question\"}".formatted(turn)));

    assertThat(client.lines(id)).filteredOn(line -> line.contains("user_message")).hasSize(1);
    expect(200, client.complete(id, turn.toString()));
  }

  @Test
  void theRowOfAThreadThatAnotherProcessHasClaimedIsNotWritten() {
    var id = client.startThread();
    append(id, "a");
    saveRows();
    claimThread(id);
    append(id, "b");
    long before = itemCount(id);

    saveRows();

    assertThat(itemCount(id)).isEqualTo(before);
    assertThat(context.getBean(LiveThreads.class).find(ThreadId.parse(id))).isEmpty();
    assertThat(append(id, "c").at("firstOrdinal")).isEqualTo("3");
    assertThat(ordinals(id)).containsExactly(0L, 1L, 2L, 3L);
  }

  /// The next owner has given their ordinals to other items.
  @Test
  void itemsThatWerePendingAtTheTakeoverAreWrittenByTheNextOwner() {
    var id = client.startThread();
    var turn = client.startTurn(id);
    saveRows();
    claimThread(id);
    claimFiles(id);
    appendElsewhere(id, 2);
    disk.failWrites(path -> path.toString().contains(id), FaultyDisk.noSpaceLeft());
    var receipt = client.append(id, turn, "\"pending\"", "\"pending, too\"");
    assertThat(receipt.at("persistence", "pending")).isEqualTo("true");
    assertThat(receipt.at("firstOrdinal")).isEqualTo("2");
    disk.heal();

    await()
        .untilAsserted(() ->
            assertThat(client.lines(id))
                .filteredOn(line -> line.contains("pending"))
                .hasSize(2)
                .first()
                .asString()
                .contains("\"ordinal\":3,"));

    assertThat(ordinals(id)).containsExactly(0L, 1L, 2L, 3L, 4L);
    assertThat(client.get(thread(id)).at("completeness")).isEqualTo("complete");
    expect(200, client.complete(id, turn));
    assertThat(client.get(turn(id, turn)).at("itemCount")).isEqualTo("5");
  }

  /// The replaced owner was cut off from the database after its commit, and was not told of it.
  @Test
  void pendingItemsThatWereStoredAfterAllAreNotStoredTwice() throws Exception {
    var id = client.startThread();
    expect(
        200,
        client.post(thread(id) + "/items", "{\"items\":[{\"type\":\"x\",\"payload\":\"a\"}]}"));
    var stored = client.lines(id).getLast();
    var notStored = stored.replace("\"ordinal\":1,", "\"ordinal\":2,").replace("\"a\"", "\"b\"");
    append(id, "c");
    leave(id, stored + "\n" + notStored + "\n");

    assertThat(client.lines(id))
        .extracting(line -> line.replaceAll(".*\"payload\":(.*)}", "$1"))
        .endsWith("\"a\"", "1", "\"b\"");
    assertThat(ordinals(id)).containsExactly(0L, 1L, 2L, 3L);
  }

  /// As a replaced owner does.
  private void leave(String id, String lines) throws IOException {
    var bytes = lines.getBytes(StandardCharsets.UTF_8);
    new DisplacedLines(disk, context.getBean(DataDir.class))
        .add(ThreadId.parse(id), null, new EncodedLines(bytes, bytes.length));
    var retry = context.getBean("displacedItemRetry");
    ReflectionTestUtils.setField(retry, "isDue", true);
    ReflectionTestUtils.invokeMethod(retry, "retry");
  }

  /// Else a process that was paused within an update of rows would keep their threads from being
  /// claimed.
  @Test
  void aTransactionThatStandsStillIsEnded() {
    assertThat(jdbc().queryForObject("SHOW idle_in_transaction_session_timeout", String.class))
        .isEqualTo("2s");
  }

  /// As another process does that is gone by now.
  private void claimThread(String id) {
    jdbc()
        .update(
            "UPDATE thread_owner SET owner = gen_random_uuid(), epoch = epoch + 1"
                + " WHERE thread_id = ?::uuid",
            id);
  }

  private void claimFiles(String id) {
    jdbc()
        .update(
            "UPDATE rollout_file SET epoch = epoch + 1, claim = claim + 1 WHERE thread = ?::uuid",
            id);
  }

  private void appendElsewhere(String id, long ordinal) {
    var line =
        "{\"timestamp\":\"2026-11-30T12:00:00.000Z\",\"ordinal\":%d,\"type\":\"note\",\"payload\":1}\n"
            .formatted(ordinal)
            .getBytes(StandardCharsets.UTF_8);
    jdbc()
        .update(
            """
            WITH grown AS (
              UPDATE rollout_file SET size = size + ? WHERE thread = ?::uuid RETURNING key, size
            )
            INSERT INTO rollout_chunk (file, start, data) SELECT key, size - ?, ? FROM grown
            """,
            line.length,
            id,
            line.length,
            line);
  }

  private long itemCount(String id) {
    return jdbc()
        .queryForObject("SELECT item_count FROM thread WHERE id = ?::uuid", Long.class, id);
  }

  private JdbcTemplate jdbc() {
    return new JdbcTemplate(context.getBean(DataSource.class));
  }

  private Answer append(String thread, String item) {
    return expect(
        200,
        client.post(
            thread(thread) + "/items",
            "{\"items\":[{\"id\":\"%s\",\"type\":\"note\",\"payload\":1}]}".formatted(item)));
  }

  private Long[] ordinals(String id) {
    var data = expect(200, client.get(thread(id) + "/items")).json().path("data");
    return data.valueStream().map(item -> item.path("ordinal").longValue()).toArray(Long[]::new);
  }
}
