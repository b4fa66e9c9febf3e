package dev.rollbook.api.threads;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.HttpTest;
import dev.rollbook.http.RollbookClient;
import dev.rollbook.statedb.ThreadRepository;
import java.io.IOException;
import java.nio.file.Files;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/// A resume never fails the caller: if a thread cannot be resumed, a new one is started and names
/// the reason.
class ResumeHttpTest extends HttpTest {
  @Autowired ThreadRepository rows;
  @Autowired JdbcTemplate stateDb;

  @Test
  void anIntactThreadIsResumed() {
    var id = client.startThread();

    var resumed = expect(200, resume(id));

    assertThat(resumed.at("id")).isEqualTo(id);
    assertThat(resumed.at("resume")).isEqualTo("{\"outcome\":\"resumed\"}");
  }

  @Test
  void anUnknownThreadIsReplaced() {
    assertFresh(UUID.randomUUID().toString(), "thread_not_found", "not found", 404);
  }

  @Test
  void aThreadWithoutItsRolloutIsReplaced() throws IOException {
    var id = client.startThread();
    Files.delete(rollout(id));

    assertFresh(id, "rollout_missing", "is missing", 409);
  }

  @Test
  void aThreadWithAnEmptyRolloutIsReplaced() throws IOException {
    var id = client.startThread();
    Files.write(rollout(id), new byte[0]);

    assertFresh(id, "rollout_empty", "is empty", 409);
  }

  @Test
  void aThreadWithAnInvalidRolloutIsReplaced() throws IOException {
    var id = client.startThread();
    Files.writeString(rollout(id), "no rollout\n");

    assertFresh(id, "rollout_unreadable", "cannot be read", 409);
  }

  @Test
  void anArchivedThreadIsReplaced() {
    var id = client.startThread();
    client.post(thread(id) + "/archive");

    assertFresh(id, "thread_archived", "is archived", 409);
  }

  @Test
  void everyResumeOutcomeIsCounted() {
    expect(200, resume(client.startThread()));
    expect(201, resume(UUID.randomUUID().toString()));

    assertThat(client.get("/actuator/prometheus").text())
        .containsPattern("threads_resumed_total\\{outcome=\"resumed\",reason=\"none\"} [1-9]")
        .containsPattern(
            "threads_resumed_total\\{outcome=\"failed\",reason=\"thread_not_found\"} [1-9]")
        .contains("threads_resumed_total{outcome=\"failed\",reason=\"rollout_empty\"}");
  }

  /// As after a kill: the row is from before the resume.
  @Test
  void aResumeLostFromTheRowIsInferredFromLaterItems() {
    var id = discarded();
    var row = rows.findById(UUID.fromString(id)).orElseThrow();
    expect(200, resume(id));
    assertThat(appended(id)).isEqualTo("persisted");
    unload(id);
    stateDb.update(
        "UPDATE thread SET recorder_removed = TRUE, rollout_bytes = ?, next_ordinal = ?,"
            + " item_count = ? WHERE id = ?",
        row.storage().rolloutBytes(),
        row.counters().nextOrdinal(),
        row.counters().itemCount(),
        row.id());

    assertThat(appended(id)).isEqualTo("persisted");
  }

  @Test
  void aDiscardStaysIfNothingWasWrittenAfterIt() {
    var id = discarded();
    unload(id);

    assertThat(appended(id)).isEqualTo("skipped");
  }

  private String discarded() {
    var id = client.startThread();
    expect(200, client.post(thread(id) + "/items", body("1")));
    expect(200, client.post(thread(id) + "/discard"));
    saveRows();
    return id;
  }

  private String appended(String id) {
    return expect(200, client.post(thread(id) + "/items", body("2"))).at("persistence", "status");
  }

  private void assertFresh(String id, String reason, String message, int problemStatus) {
    var fresh = expect(201, resume(id));
    assertThat(fresh.at("id")).isNotEqualTo(id);
    assertThat(fresh.at("name")).isEqualTo("go on");
    assertThat(fresh.at("resume", "outcome")).isEqualTo("failed");
    assertThat(fresh.at("resume", "requestedId")).isEqualTo(id);
    assertThat(fresh.at("resume", "reason")).isEqualTo(reason);
    assertThat(fresh.at("resume", "message")).contains("thread " + id, message);
    assertThat(client.lines(fresh.at("id")))
        .hasSize(2)
        .last()
        .asString()
        .contains("\"event_msg\"", "\"resume_failed\"", id, reason);

    var problem =
        expect(
            problemStatus,
            client.post(
                "/v1/threads", "{\"resumeId\":\"%s\",\"onResumeFailure\":\"fail\"}".formatted(id)));
    assertThat(problem.at("code")).isEqualTo(reason);
    assertThat(expect(problemStatus, client.post(thread(id) + "/resume")).at("code"))
        .isEqualTo(reason);
  }

  private RollbookClient.Answer resume(String id) {
    return client.post("/v1/threads", "{\"resumeId\":\"%s\",\"name\":\"go on\"}".formatted(id));
  }
}
