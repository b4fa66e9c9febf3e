package dev.rollbook.codex.ingest;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.reconcile.RowRebuilder;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import dev.rollbook.statedb.ThreadRepository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Reverts that meet a failing disk, a kill, a running turn, or a thread that was changed or
/// deleted here.
class RevertFaultsHttpTest extends AbstractRevertHttpTest {
  @Test
  void aThreadContinuedHereIsNotReverted() throws IOException {
    importHome();
    expect(200, client.post(thread(id) + "/items", body("{\"type\":\"message\"}")));
    var before = client.lines(id);
    revert(id, 3, userAndReply(4, "instead"));

    assertThat(importHome().at("problems")).contains("has items that Codex lacks");
    assertThat(importHome().at("problems")).contains("has items that Codex lacks");

    assertThat(client.lines(id)).isEqualTo(before);
    assertThat(kept(id)).isEmpty();
  }

  @Test
  void aTurnLeftRunningByCodexDoesNotBlockARevert() throws IOException {
    var turn = newThread();
    append(
        first,
        numbered(7, "event_msg", "{\"type\":\"task_started\",\"turn_id\":\"%s\"}".formatted(turn)));
    importHome();
    assertThat(client.get(thread(id)).at("activeTurnId")).isEqualTo(turn);
    revert(id, 7, userAndReply(8, "instead"));

    assertThat(importHome().at("problems")).isEqualTo("[]");

    assertThat(client.get(thread(id)).at("activeTurnId")).isEqualTo("null");
    assertThat(client.get(thread(id) + "/turns").text()).doesNotContain(turn);
    assertThat(words(id)).endsWith("three", "instead");
  }

  @Test
  void aFailedRevertIsCompletedByTheNextImport() throws IOException {
    importHome();
    var second = revert(id, 3, userAndReply(4, "instead"));
    var moves = new AtomicInteger();
    // The first one makes the fork.
    disk.fail(
        call -> call.operation() == Operation.MOVE && moves.incrementAndGet() > 1,
        FaultyDisk.inputOutputError());
    var path = JSON.createObjectNode().put("path", home.toString()).toString();
    var started = expect(202, client.post("/v1/imports", path));
    await().until(() -> moves.get() > 2);
    assertThat(words(id)).containsExactly("one", "two", "three");
    assertThat(keptWords(id)).containsExactly(List.of("one", "two", "three"));

    disk.heal();
    finished(started);

    assertThat(words(id)).containsExactly("one", "instead");
    assertThat(kept(id)).hasSize(1);
    assertThat(words(second)).containsExactly("one", "two", "three");
  }

  @Test
  void rowsOfTheOldHistoryAreRebuiltAfterAKill() throws IOException {
    importHome();
    unload(id);
    var rows = context.getBean(ThreadRepository.class);
    context
        .getBean(RowRebuilder.class)
        .willReplace(rows.findById(UUID.fromString(id)).orElseThrow());
    Files.write(rollout(id), List.of(meta(id, 0, ""), userAndReply(1, "instead")));

    client.append(id, client.startTurn(id), "{}");

    assertThat(client.get(thread(id) + "/turns").json().path("data")).hasSize(2);
    assertThat(client.get(thread(id)).at("turnCount")).isEqualTo("2");
    assertThat(client.get(thread(id)).at("itemCount")).isEqualTo("5");
    assertThat(client.get(thread(id)).at("completeness")).isEqualTo("complete");
  }

  @Test
  void deletedPartsOfARevertedThreadStayDeleted() throws IOException {
    var second = revert(id, 3, userAndReply(4, "instead"));
    importHome();
    expect(204, client.delete(thread(second)));
    Files.setLastModifiedTime(first, FileTime.fromMillis(1));

    importHome();

    expect(404, client.get(thread(second)));
    assertThat(words(id)).containsExactly("one", "instead");
  }
}
