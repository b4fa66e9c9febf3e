package dev.rollbook.retention;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.rollbook.audit.AuditLog;
import dev.rollbook.cluster.ClusterJobs;
import dev.rollbook.http.AbstractRetentionHttpTest;
import dev.rollbook.http.EventClient;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.worker.WorkerFailures;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

/// Retention follows its configured rules: a dry run first, events and receipts for every step.
class RetentionHttpTest extends AbstractRetentionHttpTest {
  @Test
  void aPassIsADryRunUnlessApplied() throws IOException {
    var old = archived();
    var before = client.get(thread(old)).text();

    var pass = dryRun();

    assertThat(pass.path("dryRun").asBoolean()).isTrue();
    assertThat(actionsOf(pass, old)).containsExactly("delete");
    assertThat(pass.path("actions").path("delete").path("threads").asInt()).isPositive();
    assertThat(client.get(thread(old)).text()).isEqualTo(before);
    assertThat(rollout(old)).exists();
    assertThat(steps(old)).isEmpty();
    assertThat(logged(Level.INFO)).anyMatch(line -> line.startsWith("retention dry run: delete "));
    var state = expect(200, client.get("/actuator/retention"));
    assertThat(state.at("mode")).isEqualTo("dry-run");
    assertThat(state.at("deletedAfter")).isEqualTo("PT87600H");
    assertThat(actionsOf(state.json().path("lastPass"), old)).containsExactly("delete");
  }

  @Test
  void aPassThatCannotBeMadeIsReportedWithItsError() {
    var away = new DataAccessResourceFailureException("test");
    var worker =
        new RetentionWorker(
            context.getBean(RetentionProperties.class),
            context.getBean(RetentionPass.class),
            context.getBean(AuditLog.class),
            new ClusterJobs() {
              @Override
              public boolean tryRun(String job, Duration interval, BooleanSupplier work) {
                throw away;
              }

              @Override
              public Peer peerRun(String job) {
                throw away;
              }
            },
            new SimpleMeterRegistry(),
            context.getBean(WorkerFailures.class),
            context.getBean(Clock.class));
    worker.start();
    try {
      worker.run(false);

      assertThat(worker.lastPass().error()).isEqualTo("the state-db does not answer");
    } finally {
      worker.stop();
    }
  }

  @Test
  void anOldThreadIsArchivedAndReported() {
    age(parent);
    try (var events = EventClient.open(port, "/v1/events")) {
      assertThat(actionsOf(apply(), parent)).contains("archive");

      await()
          .until(() ->
              events.received().stream()
                  .anyMatch(event ->
                      event.name().equals("thread/archived")
                          && event.at("threadId").equals(parent)));
    }
    assertThat(client.get(thread(parent)).json().path("archivedAt").isString()).isTrue();
  }

  @Test
  void loadedAndPinnedThreadsAreLeftAlone() throws IOException {
    var running = client.startThread();
    client.startTurn(running);
    saveRows();
    set(running, "updated_at", yearsAgo());
    expect(200, patch(parent, "{\"pinned\":true}"));
    var pinned = archived();
    var pinnedActive = client.startThread();
    expect(200, patch(pinnedActive, "{\"pinned\":true}"));
    age(pinnedActive);
    set(running, "updated_at", yearsAgo());

    var pass = apply();

    assertThat(actionsOf(pass, running)).isEmpty();
    assertThat(actionsOf(pass, pinned)).containsExactly("compress");
    assertThat(actionsOf(pass, pinnedActive)).containsExactly("compress");
    assertThat(client.get(thread(running)).json().path("archivedAt").isNull()).isTrue();
    assertThat(client.get(thread(pinnedActive)).json().path("archivedAt").isNull()).isTrue();
    assertThat(client.get(thread(pinned)).status()).isEqualTo(200);
    assertThat(steps(pinned)).isEmpty();
  }

  @Test
  void aThreadRecentlyUsedInMemoryIsKeptThoughItsRowIsOld() {
    saveRows();
    set(parent, "updated_at", yearsAgo());

    assertThat(actionsOf(apply(), parent))
        .containsExactly("compress: in memory", "archive: updated meanwhile");
    assertThat(client.get(thread(parent)).json().path("archivedAt").isNull()).isTrue();
  }

  @Test
  void aDeletionHasAReceiptWithTheHash() throws Exception {
    var old = archived();
    var bytes = Files.readAllBytes(rollout(old));
    var row = client.get(thread(old));
    try (var events = EventClient.open(port, "/v1/events")) {
      assertThat(actionsOf(apply(), old)).containsExactly("delete");

      await()
          .until(() ->
              events.received().stream()
                  .anyMatch(event ->
                      event.name().equals("thread/deleted") && event.at("threadId").equals(old)));
    }

    assertThat(client.get(thread(old)).status()).isEqualTo(404);
    assertThat(filesNamed(old, dataDir())).isEmpty();
    assertThat(steps(old)).containsExactly("deleting", "deleted");
    var receipt = receipts(old).getFirst();
    assertThat(receipt.path("name").asString()).isEqualTo("parent");
    assertThat(receipt.path("cwd").asString()).isEqualTo("/home/dev");
    assertThat(receipt.path("source").asString()).isEqualTo("ide");
    assertThat(receipt.path("rule").asString()).isEqualTo("deleted-after PT87600H");
    assertThat(receipt.path("archivedAt").asString()).isEqualTo(row.at("archivedAt"));
    assertThat(receipt.path("itemCount").asInt()).isEqualTo(row.json().path("itemCount").asInt());
    assertThat(receipt.path("openGaps").asInt()).isZero();
    assertThat(receipt.path("bytes").asInt()).isEqualTo(bytes.length);
    assertThat(receipt.path("sha256").asString())
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
    assertThat(client.get("/actuator/prometheus").text())
        .contains("retention_threads_total{action=\"delete\"}");
  }

  @Test
  void nothingIsDeletedWithoutADurableReceipt() throws IOException {
    var old = archived();
    disk.fail(
        call -> call.operation() == FaultyDisk.Operation.FORCE && isReceipts(call),
        FaultyDisk.noSpaceLeft());

    var pass = apply();

    assertThat(pass.path("error").asString()).isEqualTo("No space left on device");
    assertThat(logged(Level.WARN)).anyMatch(line -> line.endsWith(": No space left on device"));
    disk.heal();
    assertThat(client.get(thread(old)).status()).isEqualTo(200);
    assertThat(rollout(old)).exists();
    assertThat(steps(old)).isEmpty();
    assertThat(actionsOf(apply(), old)).containsExactly("delete");
  }

  @Test
  void aFailedDeletionIsReportedAndRecordedAsKept() throws IOException {
    var old = archived();
    disk.fail(
        call ->
            call.operation() == FaultyDisk.Operation.FORCE && call.path().endsWith("deleted.jsonl"),
        FaultyDisk.inputOutputError());
    assertThat(actionsOf(apply(), old))
        .containsExactly("delete: the disk fails", "compress: in memory");
    assertThat(steps(old)).containsExactly("deleting");
    disk.heal();

    dryRun();

    assertThat(steps(old)).containsExactly("deleting", "kept");
    unload(old);
    assertThat(actionsOf(apply(), old)).containsExactly("delete");
    assertThat(steps(old)).containsExactly("deleting", "kept", "deleting", "deleted");
  }

  /// What is deleted is decided by its tombstone: the rest may come later, also after a kill.
  @Test
  void aDeletionIsReportedAsDoneWhileItsFileRemains() throws IOException {
    var old = archived();
    var file = rollout(old);
    disk.fail(call -> call.is(FaultyDisk.Operation.DELETE, file), FaultyDisk.inputOutputError());

    assertThat(actionsOf(apply(), old)).containsExactly("delete");

    assertThat(steps(old)).containsExactly("deleting", "deleted");
    assertThat(client.get(thread(old)).status()).isEqualTo(404);
    assertThat(Files.readAllLines(dataDir().resolve("deleted.jsonl")).getLast())
        .contains(old, "retention");
    disk.heal();
    await().until(() -> !Files.exists(file));
  }

  @Test
  void aDeletionWithoutItsFinalReceiptIsRecordedByTheNextPass() throws IOException {
    var old = archived();
    disk.fail(
        call ->
            call.operation() == FaultyDisk.Operation.APPEND
                && isReceipts(call)
                && client.get(thread(old)).status() == 404,
        FaultyDisk.inputOutputError());
    apply();
    assertThat(steps(old)).containsExactly("deleting");
    disk.heal();

    dryRun();

    assertThat(steps(old)).containsExactly("deleting", "deleted");
  }

  @Test
  void aThreadWithoutItsRolloutIsNotDeleted() throws IOException {
    var old = archived();
    Files.delete(rollout(old));

    assertThat(actionsOf(apply(), old)).contains("delete: rollout_missing");

    assertThat(client.get(thread(old)).status()).isEqualTo(200);
    assertThat(steps(old)).isEmpty();
    expect(204, client.delete(thread(old)));
  }

  @Test
  void aThreadReferencedByACodexForkIsKept() throws IOException {
    var old = archived();
    var ref = rollouts.newRef(ThreadId.next(), Instant.now());
    Files.createDirectories(ref.path().getParent());
    Files.writeString(
        ref.path(),
        """
        {"timestamp":"2026-10-01T12:00:00.000Z","ordinal":3,"type":"session_meta","payload":\
        {"id":"%s","timestamp":"2026-10-01T12:00:00.000Z","cwd":"/","originator":"codex_cli_rs",\
        "cli_version":"0.169.0","source":"cli","forked_from_id":"%s","history_base":\
        {"thread_id":"%s","end_ordinal_exclusive":3,"end_byte_offset":100}}}
        """
            .formatted(ref.thread(), old, old));
    assertThat(rebuild.insert(ref)).isTrue();

    assertThat(actionsOf(apply(), old)).contains("delete: a fork needs it");

    expect(204, client.delete(thread(ref.thread().toString())));
    assertThat(actionsOf(apply(), old)).containsExactly("delete");
  }

  @Test
  void theArchiveTimeSurvivesTheLossOfTheStateDb() {
    expect(200, client.post(thread(parent) + "/archive"));
    unload(parent);
    var row = threadRows.findById(UUID.fromString(parent)).orElseThrow();

    assertRebuilt(row.attributes().archivedAt());
  }

  private void assertRebuilt(Instant archivedAt) {
    var id = UUID.fromString(parent);
    var path = threadRows.findById(id).orElseThrow().storage().rolloutPath();
    threadRows.remove(id);
    try {
      assertThat(rebuild.insert(rollouts.ref(new ThreadId(id), path))).isTrue();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    assertThat(threadRows.findById(id).orElseThrow().attributes().archivedAt())
        .isEqualTo(archivedAt);
  }

  private static boolean isReceipts(FaultyDisk.Call call) {
    return call.path().getFileName().toString().startsWith("receipts-");
  }
}
