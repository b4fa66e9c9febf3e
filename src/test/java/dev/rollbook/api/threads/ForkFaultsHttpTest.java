package dev.rollbook.api.threads;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.AbstractForkHttpTest;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import java.io.IOException;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// A failed fork leaves nothing behind and reports why; gaps of the parent are gaps of the fork.
class ForkFaultsHttpTest extends AbstractForkHttpTest {
  private final String id = UUID.randomUUID().toString();
  private byte[] before;

  @BeforeEach
  void remember() throws IOException {
    before = files.readAllBytes(rollout(parent));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          not json                        | ``
          []                              | ``
          {"throughOrdinal":-1}           | /throughOrdinal
          {"throughOrdinal":1.5}          | /throughOrdinal
          {"throughOrdinal":"1"}          | /throughOrdinal
          {"throughOrdinal":9}            | /throughOrdinal
          {"throughOrdinal":99999999999999999999}  | /throughOrdinal
          {"throughOrdinal":9223372036854775807}   | /throughOrdinal
          {"throughTurnId":"x"}           | /throughTurnId
          {"throughTurnId":7}             | /throughTurnId
          {"throughOrdinal":1,"throughTurnId":"01a20400-0000-7000-8000-000000000001"} | /throughOrdinal
          {"id":"../x"}                   | /id
          {"resumeId":"01a20400-0000-7000-8000-000000000001"} | /resumeId
          {"onResumeFailure":"fail"}      | /onResumeFailure
          {"persistence":"always"}        | /persistence
          {"metadata":[]}                 | /metadata
          {"name":"a\\u0000b"}            | /name
          {"input":"x"}                   | /input
          """)
  void anInvalidForkIsRejectedWithAPointerToTheError(String json, String pointer)
      throws IOException {
    var problem = expect(400, fork(parent, json));

    assertThat(problem.at("code")).isEqualTo("invalid_request");
    assertThat(problem.json().path("errors").path(0).path("pointer").stringValue())
        .isEqualTo(pointer);
    assertThat(loggedOutsideJobs(Level.INFO)).isEmpty();
    assertNoForks();
  }

  @Test
  void forkingAnUnknownThreadOrTurnIsNotFound() throws IOException {
    var nobody = UUID.randomUUID().toString();
    var turn = "{\"throughTurnId\":\"" + nobody + "\"}";

    assertThat(expect(404, fork(nobody, "{}")).at("code")).isEqualTo("thread_not_found");
    assertThat(expect(404, fork(parent, turn)).at("code")).isEqualTo("turn_not_found");
    assertThat(
            expect(
                    415,
                    client.send(
                        "POST",
                        thread(parent) + "/fork",
                        new byte[] {'{', '}'},
                        "content-type",
                        "text/plain"))
                .at("code"))
        .isEqualTo("unsupported_media_type");
    assertThat(client.get("/v1/threads?forkedFromId=x").at("code")).isEqualTo("invalid_request");
    assertNoForks();
  }

  @ParameterizedTest
  @CsvSource({"rollout_missing,", "rollout_empty,''", "rollout_unreadable,no json"})
  void aParentWhoseRolloutIsUnusableCannotBeForked(String code, String content) throws IOException {
    var file = rollout(parent);
    files.delete(file);
    if (content != null) {
      files.writeString(file, content);
    }

    assertThat(expect(409, fork(parent, "{\"id\":\"" + id + "\"}")).at("code")).isEqualTo(code);

    files.write(file, before);
    assertNoForks();
  }

  @ParameterizedTest
  @EnumSource(names = {"CREATE", "APPEND", "READ", "FORCE", "CLOSE"})
  void aDiskFailureDuringTheCopyLeavesNothing(Operation operation) throws IOException {
    disk.fail(
        call -> call.operation() == operation && call.path().toString().contains("unfinished"),
        () -> new IOException("Input/output error"));

    var problem = expect(503, fork(parent, "{\"id\":\"" + id + "\"}"));

    assertThat(problem.at("code")).isEqualTo("persistence_unavailable");
    assertThat(problem.at("detail")).contains("Input/output error");
    assertThat(problem.at("retryable")).isEqualTo("true");
    assertNoForks();
    disk.heal();
    expect(201, fork(parent, "{\"id\":\"" + id + "\"}"));
  }

  @Test
  void aFullDiskIsReported() throws IOException {
    disk.fail(
        call -> call.operation() == Operation.MOVE,
        () -> new IOException("No space left on device"));

    assertThat(expect(507, fork(parent, "{\"id\":\"" + id + "\"}")).at("code"))
        .isEqualTo("storage_full");

    assertNoForks();
  }

  @Test
  void aFailedRowInsertLeavesNoFile() throws IOException {
    disk.fail(
        call -> call.operation() == Operation.OPEN && call.path().toString().contains(id),
        () -> new IOException("Input/output error"));

    expect(503, fork(parent, "{\"id\":\"" + id + "\"}"));

    assertNoForks();
  }

  @Test
  void gapsOfTheParentAreGapsOfTheFork() {
    skip(3);
    client.post(thread(parent) + "/items", body("\"after\""));
    skip(2);

    assertGaps(forked(parent, "{\"throughOrdinal\":8}"));
    assertGaps(forked(parent, "{\"throughOrdinal\":9}"), 9, 9);
    assertGaps(forked(parent, "{\"throughOrdinal\":11}"), 9, 11);
    assertGaps(forked(parent, "{\"throughOrdinal\":13}"), 9, 11, 13, 13);
    var fork = forked(parent, "{}");
    assertGaps(fork, 9, 11, 13, 14);
    assertThat(client.get(thread(fork)).at("nextOrdinal")).isEqualTo("15");
    assertThat(client.post(thread(fork) + "/items", body("1")).at("firstOrdinal")).isEqualTo("15");
    assertGaps(forked(fork, "{}"), 9, 11, 13, 14);
  }

  @Test
  void aCutTurnWhoseLastItemsWereSkippedEndsAfterThem() {
    var turn = client.startTurn(parent);
    client.post(thread(parent) + "/shutdown");
    client.append(parent, turn, "1", "2");

    var fork = forked(parent, "{}");

    assertGaps(fork, 10, 11);
    assertThat(behindTheMeta(fork).getLast()).contains("turn_aborted", "\"ordinal\":12");
    var gap = gaps(fork).path(0);
    var same = gaps(parent).path(0);
    assertThat(gap.path("turnId")).isEqualTo(same.path("turnId"));
    assertThat(gap.path("reason")).isEqualTo(same.path("reason"));
    assertThat(gap.path("recordedAt")).isEqualTo(same.path("recordedAt"));
    assertThat(gap.path("id")).isNotEqualTo(same.path("id"));
    expect(200, client.complete(parent, turn));
  }

  @Test
  void aGapIsRepairedInParentAndForkSeparately() {
    skip(2);
    var fork = forked(parent, "{}");

    repair(fork);

    assertGaps(fork);
    assertGaps(parent, 9, 10);
    assertThat(behindTheMeta(fork)).hasSize(10);
    assertRebuiltAsItIs(forked(fork, "{}"));
    repair(parent);
    assertGaps(forked(parent, "{}"));
    assertThat(behindTheMeta(fork)).isEqualTo(behindTheMeta(parent));
  }

  private void repair(String thread) {
    var gap = gaps(thread).path(0).path("id").stringValue();
    expect(200, client.repair(thread, gap, body("1", "1")));
  }

  private void skip(int items) {
    client.post(thread(parent) + "/shutdown");
    for (int n = 0; n < items; n++) {
      client.post(thread(parent) + "/items", body("1"));
    }
    client.post(thread(parent) + "/resume");
  }

  private JsonNode gaps(String thread) {
    return client.get(thread(thread) + "/items?limit=1000").json().path("gaps");
  }

  /// @param bounds first and last ordinal of each
  private void assertGaps(String fork, long... bounds) {
    var gaps = gaps(fork);
    assertThat(gaps).hasSize(bounds.length / 2);
    for (int n = 0; n < gaps.size(); n++) {
      assertThat(gaps.path(n).path("firstOrdinal").longValue()).isEqualTo(bounds[2 * n]);
      assertThat(gaps.path(n).path("lastOrdinal").longValue()).isEqualTo(bounds[2 * n + 1]);
      assertThat(gaps.path(n).path("reason").stringValue()).isEqualTo("recorder_removed");
    }
    assertThat(client.get(thread(fork)).at("completeness"))
        .isEqualTo(bounds.length == 0 ? "complete" : "gapped");
  }

  private void assertNoForks() throws IOException {
    disk.heal();
    assertThat(client.get("/v1/threads?forkedFromId=" + parent).json().path("data")).isEmpty();
    expect(404, client.get(thread(id)));
    assertThat(filesNamed(id, dataDir().resolve("sessions"))).isEmpty();
    assertThat(filesNamed("", dataDir().resolve("unfinished"))).isEmpty();
    assertThat(files.readAllBytes(rollout(parent))).isEqualTo(before);
  }
}
