package dev.rollbook.api.json;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.HttpTest;
import dev.rollbook.http.RollbookClient;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Numbers beyond the range of Java types are valid JSON: they are kept byte for byte, or rejected.
class LargeNumbersHttpTest extends HttpTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"1e99999999999", "-1.5E+99999999999", "1e-99999999999", "0e2147483648", "7e-0"})
  void anItemWithALargeNumberIsKeptByteForByteAndOrdinalsContinue(String number) {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    var payload =
        "{\"type\":\"user_message\",\"message\":\"hi\",\"n\":%s,\"in\":[{\"m\":%s}]}"
            .formatted(number, number);

    for (int n = 0; n < 3; n++) {
      appendEvent(thread, turn, payload, 2 + 2 * n);
      var receipt = expect(200, client.append(thread, turn, Integer.toString(n)));
      assertThat(receipt.at("firstOrdinal")).isEqualTo(Integer.toString(3 + 2 * n));
    }

    var lines = client.lines(thread);
    assertThat(lines).hasSize(8);
    for (int ordinal = 0; ordinal < lines.size(); ordinal++) {
      assertThat(lines.get(ordinal)).contains("\"ordinal\":" + ordinal + ",");
    }
    assertThat(lines.get(2)).endsWith("\"payload\":" + payload + "}");
    assertThat(client.get(thread(thread) + "/items").text()).contains("\"payload\":" + payload);
    expect(200, client.complete(thread, turn));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e99999999999", "-1.5E+99999999999", "1e-99999999999"})
  void aMetadataPatchWithAnOutOfRangeNumberIsRejected(String number) {
    var thread = client.startThread("{\"metadata\":{\"keep\":1.0}}");
    var lines = client.lines(thread);

    var refused =
        expect(400, patch(thread, "{\"name\":\"x\",\"metadata\":{\"n\":%s}}".formatted(number)));

    assertThat(refused.at("code")).isEqualTo("invalid_request");
    var after = client.get(thread(thread));
    assertThat(after.json().path("name").isNull()).isTrue();
    assertThat(after.text()).contains("\"metadata\":{\"keep\":1.0}");
    assertThat(client.lines(thread)).isEqualTo(lines);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e99999999999", "-1.5E+99999999999", "1e-99999999999"})
  void largeNumbersInStartMetadataSurviveALaterPatchOfTheName(String number) {
    var metadata = "{\"n\":%s}".formatted(number);
    var thread = client.startThread("{\"metadata\":%s}".formatted(metadata));

    expect(200, patch(thread, "{\"name\":\"later\"}"));
    expect(200, client.post(thread(thread) + "/items", body("1")));

    var after = client.get(thread(thread));
    assertThat(after.at("name")).isEqualTo("later");
    assertThat(after.text()).contains("\"metadata\":" + metadata);
    assertThat(client.lines(thread)).hasSize(3);
    assertThat(client.get(thread(thread)).at("completeness")).isEqualTo("complete");
  }

  private void appendEvent(String thread, String turn, String payload, int ordinal) {
    var receipt =
        expect(
            200,
            client.post(
                turn(thread, turn) + "/items",
                "{\"items\":[{\"type\":\"event_msg\",\"payload\":%s}]}".formatted(payload)));
    assertThat(receipt.at("persistence", "status")).isEqualTo("persisted");
    assertThat(receipt.at("firstOrdinal")).isEqualTo(Integer.toString(ordinal));
  }

  private RollbookClient.Answer patch(String thread, String json) {
    return client.patch(thread, json);
  }
}
