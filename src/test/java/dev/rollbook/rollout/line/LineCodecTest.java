package dev.rollbook.rollout.line;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.model.RolloutItem;
import dev.rollbook.rollout.TestRollouts;
import dev.rollbook.text.RawJson;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What goes into a line comes out of it, to the byte.
class LineCodecTest {
  private static final String TIME = "2026-11-22T12:45:58.677Z";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.0e400",
        "0.10",
        "-0",
        "-0.0E-0",
        "123456789012345678901234567890",
        "null",
        "true",
        "\"text\"",
        "[]",
        "{}",
        "{\"b\":1,\"a\":2,\"b\":3}",
        "{\"n\":1.0e400,\"z\":0.10,\"minus\":-0}",
        "\"\\u00e9\\/\\u0000\\ud800\\n\"",
        "\"é 世界 🎉 \u2028\u2029\"",
        "{ \"a\" :\t[ 1 , 2 ]  }",
        "{\"ordinal\":99,\"type\":\"other\",\"payload\":{\"payload\":{}}}",
        "[[[[[[[[[[]]]]]]]]]]"
      })
  void payloadAndMetadataAreKeptByteForByte(String json) {
    var line = roundTrip(new RolloutItem("x", TIME, "note", RawJson.of(json), RawJson.of(json)));

    assertThat(line.payload()).hasToString(json);
    assertThat(line.metadata()).hasToString(json);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n", "\r"})
  void onlyLineBreaksBetweenTokensAreRemoved(String lineBreak) {
    var json = "{%1$s  \"a\": 1,%1$s  \"b\": [%1$s]%1$s}".formatted(lineBreak);

    var line = roundTrip(RolloutItem.of("note", RawJson.of(json)));

    assertThat(line.payload()).hasToString("{  \"a\": 1,  \"b\": []}");
  }

  @Test
  void onlyThePayloadOfARequestIsKept() {
    var request = TestRollouts.utf8("[{\"payload\": 0.10 }]");

    var line = roundTrip(RolloutItem.of("note", new RawJson(request, 13, 4)));

    assertThat(line.payload()).hasToString("0.10");
  }

  @Test
  void aPayloadThatIsANumberEndsWhereTheNumberEnds() {
    assertThat(decode("{\"type\":\"t\",\"payload\":12 }").payload()).hasToString("12");
    assertThat(decode("{\"type\":\"t\",\"payload\": 12,\"x\":3}").payload()).hasToString("12");
    assertThat(decode("{\"payload\":1.0e400,\"type\":\"t\"}").payload()).hasToString("1.0e400");
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "quote\" and \\ slash", "tab\tand\nfeed\u0000", "é世界🎉\u2028"})
  void idAndTypeMayBeAnyText(String text) {
    var line = roundTrip(new RolloutItem(text, null, text, RawJson.of("1"), null));

    assertThat(line.id()).isEqualTo(text);
    assertThat(line.type()).isEqualTo(text);
  }

  @Test
  void membersAreWrittenInTheOrderOfTheFormat() {
    var item = new RolloutItem("i", TIME, "t", RawJson.of("{}"), RawJson.of("[1]"));

    assertThat(encoded(7, item))
        .isEqualTo(
            "{\"timestamp\":\"%s\",\"ordinal\":7,\"id\":\"i\",\"type\":\"t\",\"payload\":{},\"metadata\":[1]}\n"
                .formatted(TIME));
  }

  @Test
  void missingMembersAreOmittedOrGenerated() {
    assertThat(encoded(0, RolloutItem.of("t", RawJson.of("{}"))))
        .isEqualTo("{\"timestamp\":\"now\",\"ordinal\":0,\"type\":\"t\",\"payload\":{}}\n");
  }

  @Test
  void itemsOfAnAppendHaveConsecutiveOrdinals() {
    var item = RolloutItem.of("t", RawJson.of("{}"));
    long first = (1L << 53) - 3;

    var text = encoded(first, item, item, item);

    assertThat(text.lines().map(line -> decode(line).ordinal()))
        .containsExactly(first, first + 1, first + 2);
  }

  @Test
  void aDecodedLineKeepsItsBytesWithUnknownMembers() {
    var text = "{\"later\":{\"x\":[1.0]},\"type\":\"t\",\"payload\":{},\"ordinal\":3 }";

    assertThat(decode(text).bytes()).hasToString(text);
    assertThat(decode(text).ordinal()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "{",
        "{}",
        "{\"type\":\"t\"}",
        "{\"payload\":1}",
        "{\"type\":1,\"payload\":1}",
        "{\"type\":\"t\",\"payload\":}",
        "{\"type\":\"t\",\"payload\":1}}",
        "{\"type\":\"t\",\"payload\":1} {}",
        "{\"type\":\"t\",\"payload\":01}",
        "{\"type\":\"t\",\"payload\":{\"a\":}}",
        "\u0000{\"type\":\"t\",\"payload\":1}"
      })
  void invalidItemsAreRejected(String text) {
    var bytes = TestRollouts.utf8(text);

    assertThat(RolloutLine.parse(bytes, 0, bytes.length)).isEmpty();
  }

  private static RolloutLine roundTrip(RolloutItem item) {
    var text = encoded(5, item);
    assertThat(text).endsWith("\n").doesNotContain("\r").containsOnlyOnce("\n");
    return decode(text.substring(0, text.length() - 1));
  }

  private static String encoded(long ordinal, RolloutItem... items) {
    return TestRollouts.text(EncodedLines.encode(List.of(items), ordinal, "now"));
  }

  /// From the middle of an array, as a reader does.
  private static RolloutLine decode(String line) {
    var bytes = TestRollouts.utf8(line);
    var around = TestRollouts.utf8("xx" + line + "yy");
    return RolloutLine.parse(around, 2, bytes.length).orElseThrow();
  }
}
