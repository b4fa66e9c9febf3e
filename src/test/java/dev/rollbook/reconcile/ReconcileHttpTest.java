package dev.rollbook.reconcile;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.CodexSample;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import dev.rollbook.statedb.ThreadRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/// Rows agree with files after a reconciliation, and what cannot be repaired is reported.
class ReconcileHttpTest extends AbstractReconcileHttpTest {
  @Autowired JdbcTemplate stateDb;

  @Test
  void aFileWithoutARowGetsARow() {
    var file = CodexSample.sample("02_tool_call").writeTo(dataDir());
    var beside = CodexSample.sample("02_tool_call").foundBy(context);

    var result = reconcile();

    assertThat(result.path("phase").stringValue()).isEqualTo("done");
    assertThat(count(result, "added")).isEqualTo(1);
    assertThat(result.path("compared")).isEqualTo(result.path("rollouts"));
    assertThat(row(file).counters().itemCount()).isEqualTo(row(beside).counters().itemCount());
    assertThat(row(file).activity().preview()).isEqualTo(row(beside).activity().preview());
    assertThat(client.get(thread(file.thread()) + "/turns").json().path("data")).isNotEmpty();
    assertThat(count(reconcile(), "added")).isZero();
  }

  @Test
  void countsThatLagOrLeadAreSynced() {
    var behind = codexThread();
    var ahead = codexThread();
    var rightBehind = row(behind);
    var rightAhead = row(ahead);
    stateDb.update(
        "UPDATE thread SET rollout_bytes = 7, item_count = 1 WHERE id = ?", rightBehind.id());
    stateDb.update(
        "UPDATE thread SET rollout_bytes = 77777777, item_count = 999 WHERE id = ?",
        rightAhead.id());

    awaitReconciled(() -> {
      assertThat(row(behind)).isEqualTo(rightBehind);
      assertThat(row(ahead)).isEqualTo(rightAhead);
    });
  }

  @Test
  void aRowOfAnOlderFormatVersionIsRebuilt() {
    var file = codexThread();
    var right = row(file);
    readLongAgo(right);

    awaitReconciled(() -> assertThat(row(file)).isEqualTo(right));
  }

  /// By a comparison that begins now, as one that began before may have passed the row.
  private void awaitReconciled(ThrowingRunnable rows) {
    await()
        .untilAsserted(() -> {
          reconcile();
          rows.run();
        });
  }

  @Test
  void anOutdatedRowIsRebuiltWhenItsThreadIsLoaded() {
    var file = codexThread();
    var right = row(file);
    readLongAgo(right);

    expect(200, client.post(thread(file.thread()) + "/resume"));

    assertThat(row(file)).isEqualTo(right);
  }

  private void readLongAgo(ThreadRow row) {
    stateDb.update(
        "UPDATE thread SET reading = 0, preview = 'old', kind = 'review', parent_thread_id = id,"
            + " inherited_through = 7, own_usage = NULL WHERE id = ?",
        row.id());
  }

  @Test
  void aRowWhoseFileIsGoneIsReportedAndStaysUntilTheFileIsBack() throws IOException {
    var file = codexThread();
    var away = move(file.in(dataDir()), dataDir().resolve("elsewhere").resolve(file.name()));

    var result = reconcile();

    assertThat(count(result, "rolloutMissing")).isPositive();
    assertThat(problems(result, file.thread())).containsExactly("rolloutMissing " + path(file));
    assertThat(logged(Level.WARN)).anyMatch(line -> line.contains("rollouts are missing"));
    assertThat(client.get(thread(file.thread())).status()).isEqualTo(200);
    assertThat(client.get(thread(file.thread()) + "/items").at("code"))
        .isEqualTo("rollout_missing");

    move(away, file.in(dataDir()));
    assertThat(problems(reconcile(), file.thread())).isEmpty();
    assertReadable(file, file.text());
  }

  @Test
  void aThreadWithoutAnyWrittenLineIsNotReportedMissing() {
    disk.failWrites(path -> true, FaultyDisk.noSpaceLeft());
    var empty = client.startThread();

    assertThat(problems(reconcile(), empty)).isEmpty();
  }

  @Test
  void theRowFollowsAManuallyMovedFile() throws IOException {
    var file = codexThread();
    move(file.in(dataDir()), archived(file));

    assertThat(count(reconcile(), "moved")).isEqualTo(1);

    assertThat(path(file)).isEqualTo(name(archived(file)));
    assertThat(client.get(thread(file.thread())).json().path("archivedAt").isString()).isTrue();
    assertReadable(file, file.text());

    var otherDay = dataDir().resolve("sessions/2001/02/03").resolve(file.name());
    move(archived(file), otherDay);

    assertThat(count(reconcile(), "moved")).isEqualTo(1);

    assertThat(path(file)).isEqualTo(name(otherDay));
    assertThat(client.get(thread(file.thread())).json().path("archivedAt").isNull()).isTrue();
    assertThat(warningsOf(file)).isEmpty();
    expect(200, client.post(thread(file.thread()) + "/items", body("1")));
  }

  @Test
  void anInvalidOrForeignFileIsReportedAndKept() throws IOException {
    var other = CodexSample.sample("02_tool_call");
    var of = CodexSample.sample("02_tool_call").with(other.text()).writeTo(dataDir());
    var none = CodexSample.sample("02_tool_call").with("not a rollout\n").writeTo(dataDir());

    var result = reconcile();

    assertThat(problems(result, of.thread()))
        .containsExactly("notRollouts " + name(of.in(dataDir())));
    assertThat(problems(result, none.thread()))
        .containsExactly("notRollouts " + name(none.in(dataDir())));
    assertThat(client.get(thread(of.thread())).status()).isEqualTo(404);
    assertThat(of.in(dataDir())).hasContent(of.text());
    assertThat(none.in(dataDir())).hasContent(none.text());
    Files.delete(of.in(dataDir()));
    Files.delete(none.in(dataDir()));
  }

  @Test
  void everyOutcomeIsCounted() {
    codexThread();
    double before = metric("reconcile_threads_total\\{result=\"unchanged\"");

    var result = reconcile();

    assertThat(count(result, "unchanged")).isPositive();
    assertThat(metric("reconcile_threads_total\\{result=\"unchanged\""))
        .isEqualTo(before + count(result, "unchanged"));
    assertThat(logged(Level.INFO))
        .anyMatch(line -> line.contains("compared") && line.contains("unchanged"));
  }

  @Test
  void aFailedDirectoryListingIsReportedAndNothingIsMissing() {
    var file = codexThread();
    Path sessions = dataDir().resolve("sessions");
    disk.fail(call -> call.is(Operation.WALK, sessions), FaultyDisk.inputOutputError());

    var result = reconcile();

    assertThat(result.path("phase").stringValue()).isEqualTo("failed");
    assertThat(result.path("error").stringValue()).contains("Input/output error");
    assertThat(count(result, "rolloutMissing")).isZero();
    assertThat(logged(Level.WARN)).anyMatch(line -> line.contains("Input/output error"));
    disk.heal();
    assertThat(reconcile().path("phase").stringValue()).isEqualTo("done");
    assertReadable(file, file.text());
  }

  @Test
  void anUnreadableFileIsReportedOnly() {
    var file = codexThread();
    var beside = CodexSample.sample("02_tool_call").writeTo(dataDir());
    var path = file.in(dataDir());
    disk.fail(call -> call.is(Operation.STAT, path), FaultyDisk.inputOutputError());

    var result = reconcile();

    assertThat(result.path("phase").stringValue()).isEqualTo("done");
    assertThat(problems(result, file.thread())).containsOnly("failed " + path(file));
    assertThat(row(beside).storage().rolloutPath()).isEqualTo(name(beside.in(dataDir())));
    disk.heal();
    assertThat(problems(reconcile(), file.thread())).isEmpty();
  }

  /// Nothing in the rollout shows a gap at its end, nor the end of a turn that was skipped.
  @Test
  void skipsAtTheEndSurviveTheLossOfTheStateDb() {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    expect(200, client.post(thread(thread) + "/shutdown"));
    var skipped = expect(200, client.append(thread, turn, "\"a\"", "\"b\""));
    expect(200, client.complete(thread, turn));
    saveRows();
    var gaps = expect(200, client.get(thread(thread) + "/gaps")).json();
    var before = client.get(thread(thread)).json();
    unload(thread);
    threadRows.remove(UUID.fromString(thread));

    reconcile();

    var after = expect(200, client.get(thread(thread))).json();
    assertThat(after.path("nextOrdinal")).isEqualTo(before.path("nextOrdinal"));
    assertThat(after.path("completeness").stringValue()).isEqualTo("gapped");
    assertThat(after.path("activeTurnId").isNull()).isTrue();
    assertThat(client.get(turn(thread, turn)).at("status")).isEqualTo("completed");
    var found = expect(200, client.get(thread(thread) + "/gaps")).json();
    assertThat(found.path("data")).hasSize(gaps.path("data").size());
    assertThat(found.at("/data/0/id").stringValue()).isEqualTo(skipped.at("persistence", "gapId"));
    assertThat(found.at("/data/0/reason").stringValue()).isEqualTo("recorder_removed");
    var next = expect(200, client.append(thread, client.startTurn(thread), "\"c\""));
    assertThat(next.json().path("firstOrdinal").longValue())
        .isGreaterThan(skipped.json().path("lastOrdinal").longValue() + 1);
  }

  /// Whoever makes a thread with the id of one that is gone has no gaps of that one.
  @Test
  void skipsOfADeletedThreadAreNotInheritedByANewOneWithItsId() {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    expect(200, client.post(thread(thread) + "/shutdown"));
    expect(200, client.append(thread, turn, "\"a\""));
    expect(200, client.complete(thread, turn));
    expect(204, client.delete(thread(thread)));

    expect(201, client.post("/v1/threads", "{\"id\":\"%s\"}".formatted(thread)));
    unload(thread);
    threadRows.remove(UUID.fromString(thread));
    reconcile();

    var found = expect(200, client.get(thread(thread)));
    assertThat(found.at("nextOrdinal")).isEqualTo("1");
    assertThat(found.at("completeness")).isEqualTo("complete");
  }
}
