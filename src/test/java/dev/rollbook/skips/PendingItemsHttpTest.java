package dev.rollbook.skips;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.rollout.disk.FaultyDisk.noSpaceLeft;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.HttpTest;
import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.ThreadId;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/// Pending items are written once, and not kept forever.
class PendingItemsHttpTest extends HttpTest {
  @Autowired JdbcTemplate stateDb;
  @Autowired LiveThreads live;

  @Test
  void itemsSentAgainToAThreadWithoutAFileAreNotDuplicated() {
    disk.failWrites(path -> true, noSpaceLeft());
    var thread = client.startThread();
    var first = append(thread, item("a"));
    assertThat(first.at("persistence", "pending")).isEqualTo("true");

    var second = append(thread, item("a"));

    assertThat(second.at("duplicates")).isEqualTo("1");
    assertThat(second.at("firstOrdinal")).isEqualTo(first.at("firstOrdinal"));
    disk.heal();
    await().until(() -> isComplete(thread));
    assertThat(client.lines(thread)).filteredOn(line -> line.contains("\"a\"")).hasSize(1);
  }

  @Test
  void aPendingItemIsNotReportedPersistedBecauseOfAnOlderOne() {
    var thread = client.startThread();
    append(thread, item("a"));
    disk.failWrites(path -> true, noSpaceLeft());
    append(thread, item("b"));

    var again = append(thread, item("b") + "," + item("a"));

    assertThat(again.at("duplicates")).isEqualTo("2");
    assertThat(again.at("persistence", "status")).isEqualTo("skipped");
    assertThat(again.at("persistence", "pending")).isEqualTo("true");
  }

  @Test
  void aTurnMarkerWaitingForAResumeDoesNotChangeTheRow() {
    var thread = threadWhoseFrameWaits();
    saveRows();
    // Once more: a retry during the first one has found the row not yet saved.
    saveRows();
    stateDb.update("UPDATE thread SET preview = 'mark' WHERE id = ?", UUID.fromString(thread));

    retryPendingItems();
    saveRows();

    assertThat(
            stateDb.queryForObject(
                "SELECT preview FROM thread WHERE id = ?", String.class, UUID.fromString(thread)))
        .isEqualTo("mark");
  }

  /// Tried more often than it would have to be idle: to be tried is no use.
  @Test
  void aThreadWithATurnMarkerWaitingForAResumeIsUnloaded() {
    var thread = threadWhoseFrameWaits();

    await()
        .until(() -> {
          retryPendingItems();
          saveRows();
          unloadIdle(Duration.ofMillis(500));
          return live.find(ThreadId.parse(thread)).isEmpty();
        });

    assertThat(gaps(thread).json().path("data").path(0).path("pending").booleanValue()).isFalse();
  }

  @Test
  void aGapWhoseItemsWereDroppedIsNotPending() {
    var thread = threadWhoseFrameWaits();
    assertThat(gaps(thread).json().path("data").path(0).path("pending").booleanValue()).isTrue();

    expect(200, client.post(thread(thread) + "/archive"));

    assertThat(gaps(thread).json().path("data").path(0).path("pending").booleanValue()).isFalse();
  }

  @Test
  void itemsWrittenDuringAnUnloadAreInTheRow() {
    var thread = client.startThread();
    disk.failWrites(path -> true, noSpaceLeft());
    append(thread, item("a"));
    saveRows();

    disk.heal();
    unloadIdle(Duration.ZERO);

    await()
        .untilAsserted(() -> {
          assertThat(client.get(thread(thread)).at("completeness")).isEqualTo("complete");
          assertThat(client.get(thread(thread)).at("itemCount")).isEqualTo("2");
        });
  }

  private String threadWhoseFrameWaits() {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    expect(200, client.post(thread(thread) + "/shutdown"));
    expect(200, client.complete(thread, turn));
    return thread;
  }

  private Answer append(String thread, String items) {
    return expect(200, client.post(thread(thread) + "/items", "{\"items\":[" + items + "]}"));
  }

  private static String item(String id) {
    return "{\"id\":\"%s\",\"type\":\"note\",\"payload\":1}".formatted(id);
  }

  private boolean isComplete(String thread) {
    return client.get(thread(thread)).at("completeness").equals("complete");
  }

  private Answer gaps(String thread) {
    return expect(200, client.get(thread(thread) + "/gaps"));
  }
}
