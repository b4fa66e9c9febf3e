package dev.rollbook.packaged.restart;

import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;

/// Scenario with one turn of one thread.
abstract class TurnScenario extends RestartScenario {
  String thread = "";
  String turn = "";

  void startTurn() {
    thread = client.startThread();
    turn = client.startTurn(thread);
  }

  /// The counts of the rows are those of the rollout.
  void assertCounts() {
    int lines = client.lines(thread).size();
    var counted = client.get(thread(thread));
    assertThat(counted.at("itemCount")).isEqualTo("" + lines);
    assertThat(counted.at("nextOrdinal")).isEqualTo("" + lines);
    assertThat(counted.at("turnCount")).isEqualTo("1");
    assertThat(client.get(turn(thread, turn)).at("itemCount")).isEqualTo("" + (lines - 1));
  }
}
