package dev.rollbook.packaged.restart;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A rollout that somebody moves out of the archive while no service runs.
final class UnarchivedRolloutScenario extends RestartScenario {
  private String thread = "";
  private Path original = Path.of("");
  private Path archived = Path.of("");

  /// Not in the run that is killed: H2 may lose that the thread is archived.
  @Override
  void secondRun() {
    thread = client.startThread();
    expect(200, client.post(thread(thread) + "/items", body("\"kept\"")));
    original = rollout(thread);
    expect(200, client.post(thread(thread) + "/archive"));
    archived = rollout(thread);
    assertThat(archived).isNotEqualTo(original);
  }

  @Override
  void afterTheStop() throws IOException {
    Files.createDirectories(original.getParent());
    Files.move(archived, original);
  }

  @Override
  void thirdRun() {
    await().until(() -> client.get(thread(thread) + "/items").status() == 200);
    assertThat(client.lines(thread)).hasSize(2).last().asString().contains("\"kept\"");
    var found = client.get(thread(thread));
    assertThat(found.json().path("archivedAt").isNull()).isTrue();
    assertThat(rollout(thread)).isEqualTo(original);
    expect(200, client.post(thread(thread) + "/items", body("\"more\"")));
    assertThat(client.lines(thread)).hasSize(3);
  }
}
