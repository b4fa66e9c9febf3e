package dev.rollbook.redaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.StartupException;
import dev.rollbook.rollout.line.RawLine;
import dev.rollbook.text.RawJson;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class RedactionTest {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Redaction redaction =
      Redaction.of(
          new LinkedHashMap<>(Map.of("key", "sk-[a-z0-9]{4,}", "quoted", "\"pw\": *\"[^\"]*\"")),
          meters);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"a":"x sk-abcd y","b":[1.50,"sk-abcd"]}     | {"a":"x [redacted:key] y","b":[1.50,"[redacted:key]"]}
          {"a" : "sk-abcd sk-efgh" , "b" : 1e400 }      | {"a" : "[redacted:key] [redacted:key]" , "b" : 1e400 }
          {"a":"\\u0073k-abcd\\n\\"é\\""}               | {"a":"[redacted:key]\\n\\"é\\""}
          {"a":"{\\"pw\\": \\"hunter2\\",\\"b\\":1}"}   | {"a":"{[redacted:quoted],\\"b\\":1}"}
          "sk-abcd"                                     | "[redacted:key]"
          """)
  void matchesInTextsAreReplacedAndAllOtherBytesStay(String before, String after) {
    assertThat(redaction.json(RawJson.of(before.strip()))).hasToString(after.strip());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"sk-abcd\":1,\"sk-abcd\" : \"x\"}",
        "{\"a\":\"sk-abc\"}",
        "[]",
        "null",
        "12",
        "{\"a\":\"\\ud800 \\\\\"}",
        "{\"a\":\"\\u0073\\u006b\"}"
      })
  void aValueWithoutAMatchIsTheSameObject(String value) {
    var json = RawJson.of(value);

    assertThat(redaction.json(json)).isSameAs(json);
  }

  @Test
  void whateverIsRedactedStaysValidJsonAndARepeatIsRedactedToTheSameBytes() {
    var random = new Random(7);
    var parts = new String[] {"sk-abcd", "\"", "\\", "é", "\n", "\uD83D\uDE00", "a", "{", ":", " "};
    for (int i = 0; i < 2000; i++) {
      var text = new StringBuilder();
      for (int n = random.nextInt(12); n > 0; n--) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      var json =
          RawJson.of(
              JsonMapper.shared()
                  .writeValueAsString(Map.of("k", text.toString(), "n", text.length())));

      var redacted = redaction.json(json);

      var read = JsonMapper.shared().readTree(redacted.toString());
      assertThat(read.path("k").stringValue()).isEqualTo(redaction.text(text.toString()));
      assertThat(read.path("n").asInt()).isEqualTo(text.length());
      assertThat(redaction.json(redacted)).isSameAs(redacted);
      assertThat(redaction.json(json)).hasToString(redacted.toString());
    }
  }

  @Test
  void ofALineOnlyPayloadAndMetadataAreChanged() {
    var line =
        "{\"timestamp\":\"sk-abcd\",\"type\":\"sk-abcd\",\"payload\":{\"a\":\"sk-abcd\"},\"id\":\"sk-abcd\",\"metadata\":[\"sk-abcd\"]}";

    assertThat(text(redaction.line(raw(line))))
        .isEqualTo(
            "{\"timestamp\":\"sk-abcd\",\"type\":\"sk-abcd\",\"payload\":{\"a\":\"[redacted:key]\"},\"id\":\"sk-abcd\",\"metadata\":[\"[redacted:key]\"]}");
  }

  @Test
  void bytesThatAreNoJsonAreRedactedAsText() {
    var latin = "\u00e4 sk-abcd \u00e4".getBytes(StandardCharsets.ISO_8859_1);

    assertThat(text(redaction.unreadable(raw("torn {\"a\":\"sk-abcd"))))
        .isEqualTo("torn {\"a\":\"[redacted:key]");
    assertThat(redaction.unreadable(new RawLine(latin, 0, latin.length)).toByteArray())
        .isEqualTo("\u00e4 [redacted:key] \u00e4".getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void replacementsAreCountedByPattern() {
    redaction.json(RawJson.of("[\"sk-abcd sk-efgh\",\"sk-abcd\"]"));

    assertThat(meters.get("redaction.replaced").tag("pattern", "key").counter().count())
        .isEqualTo(3);
    assertThat(meters.get("redaction.replaced").tag("pattern", "quoted").counter().count())
        .isZero();
  }

  @Test
  void aPatternThatWouldTakeForeverElsewhereIsLinear() {
    var nested = Redaction.of(Map.of("nested", "(a+)+$x|(a|aa)+z"), meters);
    var text = "a".repeat(100_000);

    assertThat(nested.text(text)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "a, '(', is not a regular expression",
    "a, '(?=x)', is not a regular expression",
    "a, 'x*', matches the empty text",
    "a, '[0-9a-f-]{36}', matches too much",
    "a, 'redacted', matches too much",
    "A b, x, is not allowed"
  })
  void aPatternThatCannotBeUsedStopsTheStartWithASentence(
      String name, String regex, String sentence) {
    assertThatThrownBy(() -> Redaction.of(Map.of(name, regex), meters))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining(sentence);
  }

  private static RawLine raw(String line) {
    var bytes = line.getBytes(StandardCharsets.UTF_8);
    return new RawLine(bytes, 0, bytes.length);
  }

  private static String text(RawLine line) {
    return new String(line.toByteArray(), StandardCharsets.UTF_8);
  }
}
