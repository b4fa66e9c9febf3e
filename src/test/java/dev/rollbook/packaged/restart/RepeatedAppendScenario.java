package dev.rollbook.packaged.restart;

import static dev.rollbook.http.RollbookClient.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.RollbookClient.Answer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// An append that is sent twice before the kill and once after it.
final class RepeatedAppendScenario extends ThreeItemsScenario {
  private final List<Answer> answers = new ArrayList<>();

  @Override
  void firstRun() {
    startTurn();
    answers.add(append());
    answers.add(append());
  }

  @Override
  void secondRun() throws IOException {
    answers.add(append());

    var first = answers.getFirst();
    assertThat(first.at("accepted")).isEqualTo("3");
    for (var again : answers.subList(1, 3)) {
      assertThat(again.at("accepted")).isEqualTo("0");
      assertThat(again.at("duplicates")).isEqualTo("3");
      assertThat(again.at("firstOrdinal")).isEqualTo(first.at("firstOrdinal"));
      assertThat(again.at("lastOrdinal")).isEqualTo(first.at("lastOrdinal"));
    }
    assertThreeOnce();
    expect(200, client.complete(thread, turn));
  }
}
