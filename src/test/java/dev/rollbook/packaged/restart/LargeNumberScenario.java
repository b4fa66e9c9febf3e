package dev.rollbook.packaged.restart;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/// Without the state-db the rollout is all there is: its turn markers are understood whatever
/// numbers clients put in them.
final class LargeNumberScenario extends TurnScenario {
  private static final String METADATA = "\"metadata\":{\"n\":1e99999999999}";

  @Override
  void thirdRun() {
    thread =
        client.startThread(
            "{\"name\":\"kept\",\"persistence\":\"required\",%s}".formatted(METADATA));
    var started = expect(201, client.post(thread(thread) + "/turns", "{%s}".formatted(METADATA)));
    turn = started.at("id");
    expect(200, client.append(thread, turn, "1"));
  }

  @Override
  void runWithoutTheOldStateDb() {
    await().until(() -> client.get(thread(thread)).status() == 200);
    var found = client.get(thread(thread));
    assertThat(found.at("name")).isEqualTo("kept");
    assertThat(found.at("persistence")).isEqualTo("required");
    assertThat(found.text()).contains(METADATA);
    assertThat(client.get(turn(thread, turn)).text()).contains("inProgress", METADATA);
    expect(200, client.append(thread, turn, "2"));
    expect(200, client.complete(thread, turn));
    assertCounts();
  }
}
