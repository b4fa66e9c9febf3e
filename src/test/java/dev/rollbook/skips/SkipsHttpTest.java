package dev.rollbook.skips;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.AbstractTurnHttpTest;
import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/// If an item cannot be written, the turn continues and the skip is reported.
class SkipsHttpTest extends AbstractTurnHttpTest {
  @Autowired JdbcTemplate stateDb;

  @ParameterizedTest
  @ValueSource(strings = {"shutdown", "discard"})
  void aThreadShutDownOrDiscardedSkipsItemsUntilResumed(String action) {
    expect(200, client.post(thread(thread) + "/" + action));

    assertSkipped("recorder_removed", "recorder of thread " + thread + " was removed");
    assertThat(client.get(thread(thread)).at("status")).isEqualTo("notLoaded");

    expect(200, client.post(thread(thread) + "/resume"));
    assertPersisted();
  }

  @Test
  void aNewTurnResumesAThreadThatWasShutDown() {
    expect(200, client.post(thread(thread) + "/shutdown"));
    expect(200, client.complete(thread, turn));

    turn = client.startTurn(thread);

    assertPersisted();
  }

  @Test
  void aRolloutDeletedWhileOpenIsMissingAtTheNextAppend() throws IOException {
    var beside = client.startThread();
    var turnBeside = client.startTurn(beside);
    assertPersisted();
    Files.delete(rollout(thread));

    assertSkipped("rollout_missing", "rollout of thread " + thread + " is missing");
    assertThat(client.append(beside, turnBeside, "1").at("persistence", "status"))
        .isEqualTo("persisted");
    assertThat(skipLines(beside)).isEmpty();
  }

  @Test
  void aMovedRolloutIsMissingUntilRestored() throws IOException {
    var file = rollout(thread);
    var away = file.resolveSibling("away");
    Files.move(file, away);
    assertSkipped("rollout_missing", "rollout of thread " + thread + " is missing");

    Files.move(away, file);
    assertPersisted();
    assertThat(client.lines(thread)).hasSize(3);
  }

  @Test
  void aReplacedRolloutIsMissing() throws IOException {
    var file = rollout(thread);
    var other = Files.writeString(file.resolveSibling("other"), "something else\n");
    Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);

    assertSkipped("rollout_missing", "rollout of thread " + thread + " is missing");
    assertSkippedAgain("rollout_missing");
    assertThat(file).hasContent("something else");
  }

  @Test
  void aTurnOfADeletedThreadContinuesUntilItsEnd() {
    expect(204, client.delete(thread(thread)));

    var receipt = assertSkipped("thread_not_found", "thread " + thread + " not found");
    assertThat(receipt.json().path("persistence").path("gapId").isNull()).isTrue();
    assertThat(expect(200, client.complete(thread, turn)).at("status")).isEqualTo("completed");
    assertThat(expect(404, client.append(thread, turn, "1")).at("code"))
        .isEqualTo("thread_not_found");
  }

  @Test
  void anExternallyDeletedRowIsNoticed() {
    stateDb.update("DELETE FROM thread WHERE id = ?", UUID.fromString(thread));

    await()
        .until(
            () -> client.append(thread, turn, "1").at("persistence", "status").equals("skipped"));
    assertSkippedAgain("thread_not_found");
    expect(200, client.complete(thread, turn));
  }

  @Test
  void aFullDiskIsASkipWithReasonStorageFull() {
    fill("No space left on device");

    assertSkipped("storage_full", "no space left to persist thread " + thread);
    disk.heal();
    assertPersisted();
  }

  @Test
  void aFailingDiskIsASkipWithReasonStorageFailed() {
    fill("Input/output error");

    assertSkipped("storage_failed", "storage of thread " + thread + " failed: Input/output error");
    disk.heal();
    assertPersisted();
  }

  @Test
  void aThreadStartedOnAFullDiskGetsItsRolloutAndItemsOnceThereIsSpace() {
    disk.failWrites(path -> true, () -> new IOException("No space left on device"));
    thread = client.startThread();
    turn = client.startTurn(thread);
    assertThat(client.append(thread, turn, "1").at("persistence", "reason"))
        .isEqualTo("storage_full");

    disk.heal();
    assertPersisted();
    assertThat(client.lines(thread)).hasSize(4).first().asString().contains("session_meta");
    assertThat(client.get(thread(thread)).at("completeness")).isEqualTo("complete");
  }

  @Test
  void anAppendThatRequiresPersistenceFailsInsteadOfSkipping() {
    thread = client.startThread("{\"persistence\":\"required\"}");
    turn = client.startTurn(thread);
    fill("No space left on device");

    var refused = expect(507, client.append(thread, turn, "1"));
    assertThat(refused.at("code")).isEqualTo("storage_full");
    assertThat(refused.at("retryable")).isEqualTo("true");
    fill("Input/output error");
    assertThat(expect(503, client.append(thread, turn, "1")).at("code"))
        .isEqualTo("persistence_unavailable");

    disk.heal();
    assertThat(client.append(thread, turn, "1").at("firstOrdinal")).isEqualTo("2");
    assertThat(client.get(thread(thread)).at("completeness")).isEqualTo("complete");
  }

  @Test
  void aThreadThatRequiresPersistenceDoesNotStartWithoutARollout() {
    var id = UUID.randomUUID().toString();
    disk.failWrites(path -> true, () -> new IOException("No space left on device"));

    expect(
        507,
        client.post("/v1/threads", "{\"id\":\"%s\",\"persistence\":\"required\"}".formatted(id)));

    expect(404, client.get(thread(id)));
  }

  /// How many lines these are depends on how long the appends take; `SkipLogTest` counts them.
  @Test
  void everySkipIsInALineOrASummary() {
    fill("No space left on device");
    for (int n = 0; n < 5; n++) {
      client.append(thread, turn, "1");
    }

    var line =
        Pattern.compile(
            "rollout persistence skipped: no space left to persist thread %s(?: \\((\\d+) more in 1 s\\))?"
                .formatted(thread));
    await()
        .untilAsserted(() -> {
          int reported = 0;
          for (var skipLine : skipLines(thread)) {
            var matcher = line.matcher(skipLine);
            assertThat(matcher.matches()).as(skipLine).isTrue();
            reported += matcher.group(1) == null ? 1 : Integer.parseInt(matcher.group(1));
          }
          assertThat(reported).isEqualTo(5);
        });
  }

  @Test
  void theFullCauseIsLoggedAtDebug() {
    expect(204, setLevel("DEBUG"));
    try {
      fill("Input/output error");

      client.append(thread, turn, "1");

      assertThat(loggedEvents())
          .filteredOn(event -> event.getFormattedMessage().contains(thread))
          .filteredOn(event -> event.getLevel().equals(Level.DEBUG))
          .extracting(event -> event.getThrowableProxy().getMessage())
          .containsExactly("Input/output error");
    } finally {
      expect(204, setLevel(null));
    }
  }

  @Test
  void healthIsDegradedWithStatus200AndRecovers() {
    fill("No space left on device");
    client.append(thread, turn, "1");

    var health = expect(200, client.get("/actuator/health"));
    assertThat(health.at("status")).isEqualTo("DEGRADED");
    var details = health.json().path("components").path("rolloutPersistence").path("details");
    assertThat(details.path("lastSkip").path("reason").stringValue()).isEqualTo("storage_full");
    assertThat(details.propertyNames())
        .contains(
            "since",
            "lastSkip",
            "window",
            "skippedInWindow",
            "affectedThreads",
            "openGaps",
            "impact",
            "remedy");
    assertThat(client.get("/actuator/health/liveness").text()).doesNotContain("DEGRADED");
    assertThat(client.get("/actuator/health/readiness").text()).doesNotContain("DEGRADED");

    disk.heal();
    assertPersisted();
    await().until(() -> client.get("/actuator/health").at("status").equals("UP"));
  }

  @Test
  void everySkipIsAGapAmongTheItems() {
    expect(200, client.post(thread(thread) + "/shutdown"));
    client.append(thread, turn, "1", "2");
    client.append(thread, turn, "3");
    expect(200, client.post(thread(thread) + "/resume"));
    assertPersisted();

    var page = client.get(thread(thread) + "/items").json();
    assertThat(page.path("gaps")).hasSize(1);
    var gap = page.path("gaps").path(0);
    assertThat(gap.path("firstOrdinal").longValue()).isEqualTo(2);
    assertThat(gap.path("lastOrdinal").longValue()).isEqualTo(4);
    assertThat(gap.path("reason").stringValue()).isEqualTo("recorder_removed");
    assertThat(page.path("data").path(2).path("ordinal").longValue()).isEqualTo(5);
    assertThat(client.get(thread(thread)).at("completeness")).isEqualTo("gapped");
    assertThat(client.get(thread(thread)).at("nextOrdinal")).isEqualTo("6");
    assertThat(client.get(turn(thread, turn)).at("skippedItemCount")).isEqualTo("3");
  }

  private void fill(String error) {
    Path file = rollout(thread);
    disk.heal();
    disk.failWrites(file::equals, () -> new IOException(error));
  }

  private RollbookClient.Answer assertSkipped(String reason, String message) {
    var metric = "rollout_persistence_skipped_total\\{reason=\"%s\"}".formatted(reason);
    double before = metric(metric);
    var receipt = expect(200, client.append(thread, turn, "1"));
    assertThat(receipt.at("persistence", "status")).isEqualTo("skipped");
    assertThat(receipt.at("persistence", "reason")).isEqualTo(reason);
    assertThat(receipt.at("persistence", "message")).isEqualTo(message);
    assertThat(receipt.at("turnStatus")).isEqualTo("inProgress");
    assertThat(skipLines(thread)).containsExactly("rollout persistence skipped: " + message);
    assertThat(metric(metric)).isEqualTo(before + 1);
    return receipt;
  }

  private void assertSkippedAgain(String reason) {
    assertThat(client.append(thread, turn, "1").at("persistence", "reason")).isEqualTo(reason);
  }

  private void assertPersisted() {
    assertThat(expect(200, client.append(thread, turn, "1")).at("persistence", "status"))
        .isEqualTo("persisted");
  }

  private RollbookClient.Answer setLevel(String level) {
    return client.post(
        "/actuator/loggers/dev.rollbook.persistence",
        level == null ? "{}" : "{\"configuredLevel\":\"%s\"}".formatted(level));
  }
}
