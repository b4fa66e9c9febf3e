package dev.rollbook.packaged.restart;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.RollbookClient.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.stream.LongStream;
import tools.jackson.databind.json.JsonMapper;

/// Scenario whose client sends the same three items repeatedly, because it does not know what
/// became of a call.
abstract class ThreeItemsScenario extends TurnScenario {
  static final String THREE =
      """
      {"items":[{"id":"a","type":"note","payload":1},{"id":"b","type":"note","payload":2},
      {"id":"c","type":"note","payload":3}]}\
      """;

  Answer append() {
    return expect(200, client.post(turn(thread, turn) + "/items", THREE));
  }

  void assertThreeOnce() throws IOException {
    var lines =
        Files.readAllLines(rollout(thread)).stream().map(JsonMapper.shared()::readTree).toList();
    assertThat(lines)
        .extracting(line -> line.path("ordinal").longValue())
        .containsExactlyElementsOf(LongStream.range(0, lines.size()).boxed().toList());
    assertThat(lines.stream().filter(line -> line.has("id")))
        .extracting(line -> line.path("id").stringValue() + line.path("payload").intValue())
        .containsExactly("a1", "b2", "c3");
  }
}
