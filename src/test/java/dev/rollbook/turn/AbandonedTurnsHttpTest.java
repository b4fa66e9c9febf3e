package dev.rollbook.turn;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.AbstractForkHttpTest;
import dev.rollbook.model.ThreadId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.util.ReflectionTestUtils;

/// Abandoned turns are interrupted: one of Rollbook also in its rollout, one of Codex in its row
/// only.
class AbandonedTurnsHttpTest extends AbstractForkHttpTest {
  private static final String TURN = "01999999-0000-7000-8000-00000000000a";
  private static final String LEFT =
      """
      {"timestamp":"2025-10-01T12:00:00.000Z","type":"session_meta","payload":{"id":"ID",\
      "timestamp":"2025-10-01T12:00:00.000Z","cwd":"/","originator":"codex_cli_rs",\
      "cli_version":"0.44.0","source":"cli"}}
      {"timestamp":"2025-10-01T12:00:02.000Z","type":"event_msg","payload":\
      {"type":"task_started","turn_id":"%s"}}
      {"timestamp":"2025-10-01T12:00:03.000Z","type":"token_usage_record","payload":\
      {"turn_id":"%s","usage":{"n":10}}}
      {"timestamp":"2025-10-01T12:00:04.000Z","type":"event_msg","payload":{"type":"agent_mes\
      """
          .formatted(TURN, TURN);

  @Autowired JdbcTemplate stateDb;

  @ParameterizedTest
  @ValueSource(strings = {"task_started", "turn_started", "entered_review_mode"})
  void anAbandonedCodexTurnEndsInItsRowOnly(String start) throws IOException {
    var text = LEFT.replace("task_started", start);
    var thread = left(text, Instant.parse("2025-10-01T12:00:00Z"));
    var file = rollout(thread);

    interruptAbandoned();

    assertInterrupted(thread);
    assertThat(client.get(thread(thread)).at("status")).isEqualTo("notLoaded");
    assertThat(file).hasContent(text.replace("ID", thread));
    assertThat(client.get(thread(thread)).at("updatedAt")).isEqualTo("2025-10-01T12:00:03.000Z");
    assertThat(client.get(thread(thread)).at("usage", "own")).isEqualTo("{\"n\":10}");
  }

  @Test
  void anAbandonedTurnEndsAgainAfterTheLossOfItsRow() throws IOException {
    var thread = left();
    interruptAbandoned();
    var row = threadRows.findById(UUID.fromString(thread)).orElseThrow();
    threadRows.remove(row.id());
    assertThat(rebuild.insert(rollouts.ref(new ThreadId(row.id()), row.storage().rolloutPath())))
        .isTrue();

    interruptAbandoned();

    assertInterrupted(thread);
    assertThat(rollout(thread)).hasContent(LEFT.replace("ID", thread));
  }

  @Test
  void anAbandonedTurnStaysEndedAfterAReconciliation() throws IOException {
    var thread = left();
    interruptAbandoned();
    var row = threadRows.findById(UUID.fromString(thread)).orElseThrow();

    rebuild.bringUp(row);

    assertInterrupted(thread);
    assertThat(threadRows.findById(row.id())).contains(row);
  }

  @Test
  void aLoadedThreadSeesTheEndOfAnAbandonedTurn() throws IOException {
    var thread = left(Instant.now());
    client.append(thread, TURN, "{\"n\":1}");
    saveRows();
    var before = Files.readAllBytes(rollout(thread));
    letDayPass(thread);

    interruptAbandoned();

    assertInterrupted(thread);
    assertThat(rollout(thread)).hasBinaryContent(before);
    saveRows();
    assertInterrupted(thread);
    client.startTurn(thread);
    assertThat(client.get(turn(thread, TURN)).at("status")).isEqualTo("interrupted");
  }

  @Test
  void anAbandonedRollbookTurnEndsInItsRolloutToo() throws IOException {
    var running = client.startTurn(parent);
    saveRows();
    letDayPass(parent);

    interruptAbandoned();

    assertThat(client.get(turn(parent, running)).at("status")).isEqualTo("interrupted");
    assertThat(Files.readString(rollout(parent)))
        .contains("\"type\":\"turn_aborted\",\"turn_id\":\"" + running);
  }

  @ParameterizedTest
  @ValueSource(strings = {"2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"})
  void timestampsOfItemsDoNotAffectAbandonment(String timestamp) throws IOException {
    var running = client.startTurn(parent);
    expect(
        200,
        client.post(
            turn(parent, running) + "/items",
            "{\"items\":[{\"type\":\"x\",\"timestamp\":\"%s\",\"payload\":{}}]}"
                .formatted(timestamp)));
    unload(parent);
    var row = threadRows.findById(UUID.fromString(parent)).orElseThrow();
    threadRows.remove(row.id());
    assertThat(rebuild.insert(rollouts.ref(new ThreadId(row.id()), row.storage().rolloutPath())))
        .isTrue();

    interruptAbandoned();

    assertThat(client.get(turn(parent, running)).at("status")).isEqualTo("inProgress");
    assertThat(Instant.parse(client.get(thread(parent)).at("updatedAt")))
        .isBetween(Instant.now().minus(Duration.ofMinutes(5)), Instant.now());
  }

  private void assertInterrupted(String thread) {
    var turn = client.get(turn(thread, TURN));
    assertThat(turn.at("status")).isEqualTo("interrupted");
    assertThat(turn.at("completedAt")).isNotEmpty();
    assertThat(turn.at("error")).isEqualTo("{\"message\":\"abandoned\"}");
    assertThat(turn.at("usage")).isEqualTo("{\"n\":10}");
    assertThat(client.get(thread(thread)).json().path("activeTurnId").isNull()).isTrue();
  }

  private String left() throws IOException {
    return left(Instant.parse("2025-10-01T12:00:00Z"));
  }

  private String left(Instant at) throws IOException {
    return left(LEFT, at);
  }

  private String left(String template, Instant at) throws IOException {
    var ref = rollouts.newRef(ThreadId.next(), Instant.now());
    var text = template.replace("ID", ref.thread().toString());
    Files.createDirectories(ref.path().getParent());
    Path file = ref.path();
    Files.writeString(
        file,
        text.replace("2025-10-01T12:00", at.toString().substring(0, "2025-10-01T12:00".length())));
    assertThat(rebuild.insert(ref)).isTrue();
    return ref.thread().toString();
  }

  private void letDayPass(String thread) {
    stateDb.update(
        "UPDATE thread SET updated_at = ? WHERE id = ?",
        Instant.now().minus(Duration.ofDays(2)).atOffset(ZoneOffset.UTC),
        UUID.fromString(thread));
  }

  private void interruptAbandoned() {
    ReflectionTestUtils.invokeMethod(context.getBean("abandonedTurns"), "interrupt");
  }
}
