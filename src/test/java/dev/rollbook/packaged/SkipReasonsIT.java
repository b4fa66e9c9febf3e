package dev.rollbook.packaged;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each of the six skip reasons by its real cause, against the real process.
///
/// The disk is a file system of a few megabytes, and no file may grow over four: so that the one
/// thread finds the disk full, and the other meets an error of its own.
class SkipReasonsIT {
  private static final String NO_FILE_OVER_4_MB = "ulimit -f 8192;";
  private static final String MEGABYTE = "\"" + "x".repeat(1 << 20) + "\"";

  @TempDir Path logs;
  @TempDir Path dataDir;
  private final Map<String, String> threads = new LinkedHashMap<>();
  private final Map<String, String> turns = new LinkedHashMap<>();
  private SmallDisk disk;
  private PackagedService service;
  private RollbookClient client;

  @BeforeEach
  void mountASmallDisk() throws Exception {
    // 11 MB are persisted, and a retry of storage_failed takes up to 1 MB for a moment.
    disk = SmallDisk.mount(dataDir.resolve("sessions"), "13m");
  }

  @AfterEach
  void stop() throws Exception {
    if (service != null) {
      service.close();
    }
    if (disk != null) {
      disk.close();
    }
  }

  @Test
  void turnsContinueStderrStaysEmptyAndEachSkipIsOneWarning() throws Exception {
    service = PackagedService.start(dataDir, logs, NO_FILE_OVER_4_MB);
    client = service.client();
    awaitComparison();

    removeTheRecorder();
    deleteTheRollout();
    deleteTheThread();
    breakTheDisk();
    fillTheDisk();
    assertDegraded();
    stopTheService();

    assertThat(service.awaitExit()).isEqualTo(143);
    assertThat(service.stderr()).isEmpty();
    assertThat(service.stdout()).noneMatch(line -> line.contains("ERROR"));
    threads.forEach(this::assertOneWarning);
    assertThat(threads).hasSize(6);
    assertThat(service.stdout().stream().filter(line -> line.contains(" WARN "))).hasSize(6);
  }

  /// The comparison at the start warns of a missing rollout, too.
  private void awaitComparison() {
    await().until(() -> !client.get("/actuator/reconcile").json().path("last").isNull());
  }

  private void removeTheRecorder() {
    start("recorder_removed");
    expect(200, client.post(thread(threads.get("recorder_removed")) + "/shutdown"));
    assertSkippedAndEnds("recorder_removed", "1");
  }

  private void deleteTheRollout() throws IOException {
    start("rollout_missing");
    Files.delete(
        dataDir.resolve(client.get(thread(threads.get("rollout_missing"))).at("rollout", "path")));
    assertSkippedAndEnds("rollout_missing", "1");
  }

  private void deleteTheThread() {
    start("thread_not_found");
    expect(204, client.delete(thread(threads.get("thread_not_found"))));
    assertSkippedAndEnds("thread_not_found", "1");
  }

  /// The write stops half-way with `File too large`; what was written of it is cut off. It waits,
  /// and the end of the turn behind it.
  private void breakTheDisk() {
    start("storage_failed");
    assertPersisted("storage_failed", MEGABYTE, MEGABYTE, MEGABYTE);
    assertSkippedAndEnds("storage_failed", MEGABYTE);
    assertNoTornLine("storage_failed", 2 + 3);
  }

  private void fillTheDisk() {
    for (int n = 0; n < 2; n++) {
      var filler = client.startThread();
      expect(200, client.post(thread(filler) + "/items", body(MEGABYTE, MEGABYTE, MEGABYTE)));
    }
    start("storage_full");
    assertPersisted("storage_full", MEGABYTE, MEGABYTE);
    assertSkippedAndEnds("storage_full", MEGABYTE, MEGABYTE);
    assertNoTornLine("storage_full", 2 + 2);
  }

  /// A request that was under way when the stop began is written; one that comes after is skipped.
  private void stopTheService() throws IOException {
    start("writer_shutting_down");
    var slow = client.startThread();
    var slowTurn = client.startTurn(slow);
    try (var request =
        new PartialRequest(service.port(), turn(slow, slowTurn) + "/items", body("\"slow\""))) {
      awaitArrival();

      service.sigterm();
      await().until(() -> skipReason("writer_shutting_down").equals("writer_shutting_down"));
      assertThat(metrics()).contains("skipped_total{reason=\"writer_shutting_down\"}");
      assertEnds("writer_shutting_down");

      assertThat(request.finish()).startsWith("HTTP/1.1 200").contains("\"persisted\"");
    }
  }

  private void awaitArrival() {
    await().until(() -> metrics().contains("http_server_requests_active_seconds_count{"));
  }

  private void assertDegraded() {
    var health = expect(200, client.get("/actuator/health"));
    assertThat(health.at("status")).isEqualTo("DEGRADED");
    for (var reason : threads.keySet()) {
      assertThat(metrics())
          .contains("rollout_persistence_skipped_total{reason=\"" + reason + "\"} ")
          .doesNotContain("rollout_persistence_skipped_total{reason=\"" + reason + "\"} 0.0");
    }
  }

  private String metrics() {
    return client.get("/actuator/prometheus").text();
  }

  private void start(String reason) {
    threads.put(reason, client.startThread());
    turns.put(reason, client.startTurn(threads.get(reason)));
  }

  private void assertPersisted(String reason, String... payloads) {
    assertThat(append(reason, payloads).at("persistence", "status")).isEqualTo("persisted");
  }

  private void assertSkippedAndEnds(String reason, String... payloads) {
    var receipt = append(reason, payloads);
    assertThat(receipt.at("persistence", "reason")).isEqualTo(reason);
    assertThat(receipt.at("turnStatus")).isEqualTo("inProgress");
    assertEnds(reason);
  }

  private String skipReason(String reason) {
    return append(reason, "1").at("persistence", "reason");
  }

  private void assertEnds(String reason) {
    var ended = expect(200, client.complete(threads.get(reason), turns.get(reason)));
    assertThat(ended.at("status")).isEqualTo("completed");
  }

  private RollbookClient.Answer append(String reason, String... payloads) {
    return expect(200, client.append(threads.get(reason), turns.get(reason), payloads));
  }

  private void assertNoTornLine(String reason, int lines) {
    assertThat(client.lines(threads.get(reason)))
        .hasSize(lines)
        .allMatch(line -> line.startsWith("{\"timestamp\"") && line.endsWith("}"));
  }

  private void assertOneWarning(String reason, String id) {
    assertThat(service.stdout().stream().filter(line -> line.contains("WARN") && line.contains(id)))
        .as(reason)
        .singleElement()
        .asString()
        .contains("rollout persistence skipped: ");
  }
}
