package dev.rollbook.skips;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Items that the disk rejected are written automatically as soon as it accepts them.
class AutomaticRetryHttpTest extends AbstractGapHttpTest {
  private static final String REPAIRED =
      "rollout_persistence_repaired_items_total\\{by=\"service\"";

  @Test
  void itemsSkippedByAFullDiskAreWrittenAutomatically() {
    client.append(thread, turn, "\"before\"");
    // Those of earlier tests are not counted here.
    retryPendingItems();
    double before = metric(REPAIRED);
    disk.failWrites(path -> true, () -> new IOException("No space left on device"));
    var receipt = client.append(thread, turn, "\"lost\"");
    assertThat(receipt.at("persistence", "status")).isEqualTo("skipped");
    assertThat(receipt.at("persistence", "pending")).isEqualTo("true");
    assertThat(gaps().getFirst().path("pending").booleanValue()).isTrue();
    expect(200, client.complete(thread, turn));

    disk.heal();
    await().until(() -> gaps().isEmpty());

    assertThat(payloads()).contains("\"lost\"").last().asString().contains("task_complete");
    assertOrdinalsAreWhole();
    assertThat(client.get(thread(thread)).at("completeness")).isEqualTo("complete");
    var ended = client.get(RollbookClient.turn(thread, turn));
    assertThat(ended.at("status")).isEqualTo("completed");
    assertThat(ended.at("skippedItemCount")).isEqualTo("0");
    assertThat(ended.at("itemCount")).isEqualTo("4");
    assertThat(metric(REPAIRED)).isEqualTo(before + 2);
  }

  @Test
  void pendingItemsAreWrittenBeforeNewOnes() {
    disk.failWrites(path -> true, () -> new IOException("Input/output error"));
    client.append(thread, turn, "1");
    client.append(thread, turn, "2");
    disk.heal();

    assertThat(client.append(thread, turn, "3").at("persistence", "status")).isEqualTo("persisted");

    assertThat(payloads()).endsWith("1", "2", "3");
    assertOrdinalsAreWhole();
  }

  @Test
  void pendingItemsSentAgainAreNotDuplicated() {
    var path = RollbookClient.turn(thread, turn) + "/items";
    var item = "{\"items\":[{\"id\":\"a\",\"type\":\"note\",\"payload\":1}]}";
    disk.failWrites(file -> true, () -> new IOException("No space left on device"));
    var first = client.post(path, item);

    var second = client.post(path, item);
    assertThat(second.at("persistence", "status")).isEqualTo("skipped");
    assertThat(second.at("persistence", "pending")).isEqualTo("true");
    assertThat(second.at("duplicates")).isEqualTo("1");
    assertThat(second.at("firstOrdinal")).isEqualTo(first.at("firstOrdinal"));

    disk.heal();
    var third = client.post(path, item);
    assertThat(third.at("persistence", "status")).isEqualTo("persisted");
    assertThat(third.at("duplicates")).isEqualTo("1");
    assertThat(payloads().stream().filter("1"::equals)).hasSize(1);
  }

  @Test
  void itemsPendingSinceTheStartOfAThreadAreNotDuplicated() {
    var item = "{\"items\":[{\"id\":\"a\",\"type\":\"note\",\"payload\":1}]}";
    disk.failWrites(file -> true, () -> new IOException("No space left on device"));
    thread = client.startThread();
    var first = client.post(thread(thread) + "/items", item);

    var second = client.post(thread(thread) + "/items", item);

    assertThat(second.at("duplicates")).isEqualTo("1");
    assertThat(second.at("firstOrdinal")).isEqualTo(first.at("firstOrdinal"));
    disk.heal();
    await().until(() -> gaps().isEmpty());
    assertThat(payloads().stream().filter("1"::equals)).hasSize(1);
  }

  @Test
  void turnMarkersSkippedAfterAShutdownAreWrittenByTheResume() {
    expect(200, client.post(thread(thread) + "/shutdown"));
    expect(200, client.complete(thread, turn));
    assertThat(gaps()).hasSize(1);

    expect(200, client.post(thread(thread) + "/resume"));

    await().until(() -> gaps().isEmpty());
    assertThat(payloads()).last().asString().contains("task_complete");
    assertOrdinalsAreWhole();
  }

  @Test
  void aThreadStartedOnAFullDiskGetsItsRolloutAutomatically() {
    disk.failWrites(path -> true, () -> new IOException("No space left on device"));
    var empty = client.startThread();
    assertThat(client.get(thread(empty) + "/items").status()).isEqualTo(409);

    disk.heal();

    await().until(() -> client.get(thread(empty) + "/items").status() == 200);
    assertThat(client.lines(empty)).singleElement().asString().contains("session_meta");
    assertThat(client.get(thread(empty)).at("itemCount")).isEqualTo("1");
  }

  @Test
  void aFirstLineWrittenWithoutItsItemsIsCountedOnce() {
    disk.failWrites(path -> true, () -> new IOException("No space left on device"));
    thread = client.startThread();
    client.post(thread(thread) + "/items", body("1"));
    disk.heal();
    var id = thread;
    var writes = new AtomicInteger();
    disk.failWrites(
        path -> path.toString().contains(id) && writes.incrementAndGet() == 2,
        () -> new IOException("No space left on device"));

    await().until(() -> gaps().isEmpty());

    assertThat(writes).hasValueGreaterThan(2);
    assertOrdinalsAreWhole();
    assertThat(client.get(thread(thread)).at("itemCount")).isEqualTo("2");
  }
}
