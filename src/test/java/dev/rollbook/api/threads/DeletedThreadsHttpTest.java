package dev.rollbook.api.threads;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.HttpTest;
import java.io.IOException;
import java.nio.file.Files;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/// Calls on threads whose row or rollout was deleted, here or by another program.
class DeletedThreadsHttpTest extends HttpTest {
  @Autowired JdbcTemplate stateDb;

  @Test
  void startingATurnOnAThreadWhoseRowWasDeletedIsNotFound() {
    var thread = client.startThread();
    deleteInTheStateDb(thread);

    assertNoTurnStarts(thread);
    assertNoTurnStarts(thread);
  }

  @Test
  void startingATurnOnALoadedThreadWhoseRowWasDeletedIsNotFound() {
    var thread = client.startThread();
    expect(200, client.complete(thread, client.startTurn(thread)));
    deleteInTheStateDb(thread);

    assertNoTurnStarts(thread);
  }

  @Test
  void aRunningTurnOfAThreadWhoseRowWasDeletedEndsAndNoOtherStarts() {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    deleteInTheStateDb(thread);

    assertThat(expect(200, client.complete(thread, turn)).at("status")).isEqualTo("completed");

    assertNoTurnStarts(thread);
  }

  @Test
  void aDeleteAlsoRemovesTornBytesKeptBesideTheRollout() throws IOException {
    var thread = client.startThread();
    var file = rollout(thread);
    for (int n = 1; n <= 2; n++) {
      Files.writeString(file.resolveSibling(file.getFileName() + ".torn-" + n), "{\"timest");
    }

    expect(204, client.delete(thread(thread)));

    assertThat(filesNamed(thread, dataDir().resolve("sessions"))).isEmpty();
  }

  @Test
  void aTurnOfAThreadThatRequiresPersistenceEndsThoughTheRolloutIsGone() throws IOException {
    var thread = client.startThread("{\"persistence\":\"required\"}");
    var turn = client.startTurn(thread);
    expect(200, client.append(thread, turn, "1"));
    Files.delete(rollout(thread));

    assertThat(expect(503, client.append(thread, turn, "2")).at("code"))
        .isEqualTo("persistence_unavailable");
    assertThat(expect(503, client.append(thread, turn, "3")).at("code"))
        .isEqualTo("persistence_unavailable");

    assertThat(expect(200, client.complete(thread, turn)).at("status")).isEqualTo("completed");
    assertThat(client.get(turn(thread, turn)).at("status")).isEqualTo("completed");
    assertThat(client.get(thread(thread)).json().path("activeTurnId").isNull()).isTrue();
  }

  private void deleteInTheStateDb(String thread) {
    assertThat(stateDb.update("DELETE FROM thread WHERE id = ?", UUID.fromString(thread)))
        .isEqualTo(1);
  }

  private void assertNoTurnStarts(String thread) {
    assertThat(expect(404, client.post(thread(thread) + "/turns", "{}")).at("code"))
        .isEqualTo("thread_not_found");
  }
}
