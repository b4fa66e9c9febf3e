package dev.rollbook.rollout.line;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A preview has every byte of its line but the ends of long strings.
class PayloadPreviewTest {
  private static final int LIMIT = PayloadPreview.MAX_STRING_BYTES;
  private static final List<String> CHARACTERS =
      List.of("x", "é", "日", "😀", "\\n", "\\\"", "\\\\", "\\u00e9", "\\ud83d\\ude00", "\\uD800");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%s",
        "[%s]",
        "{\"a\":%s}",
        "{\"n\":1.0e400,\"m\":0.10 , \"s\" : %s ,\"big\":123456789012345678901234567890}",
        "[[{\"deep\":[%s,true,null]}],\"\\\\\",\"short\"]"
      })
  void onlyTheEndOfALongStringIsMissing(String form) {
    var text = "\"%s\"";
    var payload = form.formatted(text.formatted("a".repeat(LIMIT + 1)));

    var preview = preview(payload);

    assertThat(preview)
        .isEqualTo(
            line(form.formatted(text.formatted("a".repeat(LIMIT))))
                .replaceFirst("}$", ",\"truncated\":{\"bytes\":%d}}".formatted(payload.length())));
  }

  @Test
  void eachLongStringIsCut() {
    var payload =
        "[\"%s\",\"between\",\"%s\"]".formatted("a".repeat(3 * LIMIT), "b".repeat(LIMIT + 2));

    assertThat(preview(payload))
        .contains("[\"%s\",\"between\",\"%s\"]".formatted("a".repeat(LIMIT), "b".repeat(LIMIT)))
        .endsWith(",\"truncated\":{\"bytes\":%d}}".formatted(payload.length()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\"%s\"", "{\"%s\":\"%1$s\",\"%1$s\" : 1}", "[\"%s\",\"%1$s\",\"%1$s\"]", "{}"})
  void aLineWithoutALongStringStaysAsItIs(String form) {
    var line = parsed(line(form.formatted("a".repeat(LIMIT))));

    assertThat(PayloadPreview.of(line)).isSameAs(line);
  }

  @Test
  void aLongNameIsNotCut() {
    var payload = "{\"%s\" : 1}".formatted("a".repeat(2 * LIMIT));

    assertThat(preview(payload)).isEqualTo(line(payload));
  }

  @Test
  void onlyThePayloadIsCut() {
    var text = "a".repeat(LIMIT + 1);
    var line =
        "{\"type\":\"t\",\"payload\":\"%s\",\"metadata\":{\"m\":\"%1$s\"},\"note\":\"%1$s\" } "
            .formatted(text);

    assertThat(LineView.PREVIEW.of(parsed(line)).bytes().toString())
        .isEqualTo(
            "{\"type\":\"t\",\"payload\":\"%s\",\"metadata\":{\"m\":\"%s\"},\"note\":\"%2$s\" ,\"truncated\":{\"bytes\":%d}}"
                .formatted("a".repeat(LIMIT), text, LIMIT + 3));
  }

  /// The beginning of the text shifts the limit through every byte of the character.
  @Test
  void noCharacterOrEscapeIsSplit() {
    for (var character : CHARACTERS) {
      for (int shift = 0; shift < 13; shift++) {
        var text = "a".repeat(shift) + character.repeat(LIMIT + 1);

        var kept = payload(preview("\"" + text + "\"")).stringValue();

        var whole = payload(line("\"" + text + "\"")).stringValue();
        assertThat(whole).startsWith(kept);
        assertThat(kept.length()).isLessThan(whole.length());
        if (!character.equals("\\uD800")) {
          assertThat(kept.getBytes(UTF_8)).as(character).isEqualTo(encodedStrictly(kept));
          assertThat(Character.isHighSurrogate(kept.charAt(kept.length() - 1))).isFalse();
        }
      }
    }
  }

  @Test
  void everyPreviewIsJsonWithTheSameShape() {
    for (int seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      var line = line(value(random, 0));

      assertIsCut(payload(line), payload(LineView.PREVIEW.of(parsed(line)).bytes().toString()));
    }
  }

  @Test
  void samplesStayJson() throws IOException {
    for (var sample : SampleLines.all()) {
      var line = parsed(new String(sample, UTF_8));
      var preview = LineView.PREVIEW.of(line);

      assertIsCut(payload(line.bytes().toString()), payload(preview.bytes().toString()));
      assertThat(preview.bytes().toString().contains("\"truncated\":"))
          .isEqualTo(preview.bytes().length() < line.bytes().length());
    }
  }

  @ParameterizedTest
  @CsvSource({"true,7", "false,8"})
  void aPreviewStatesTheOrdinalOfItsLine(boolean stated, long ordinal) {
    var member = stated ? "\"ordinal\":7," : "";
    var line =
        parsed("{%s\"type\":\"t\",\"payload\":\"%s\"}".formatted(member, "a".repeat(LIMIT + 1)))
            .after(stated ? 6 : 7);

    var preview = JsonMapper.shared().readTree(PayloadPreview.of(line).numberedBytes().toString());

    assertThat(preview.path("ordinal").longValue()).isEqualTo(ordinal);
    assertThat(preview.at("/truncated/bytes").intValue()).isEqualTo(LIMIT + 3);
  }

  private static void assertIsCut(JsonNode whole, JsonNode preview) {
    if (whole.isString()) {
      assertThat(whole.stringValue()).startsWith(preview.stringValue());
      assertThat(preview.stringValue().getBytes(UTF_8).length).isLessThanOrEqualTo(LIMIT);
      return;
    }
    assertThat(preview.getNodeType()).isEqualTo(whole.getNodeType());
    assertThat(preview.size()).isEqualTo(whole.size());
    if (whole.isObject()) {
      whole.propertyStream().forEach(one -> assertIsCut(one.getValue(), preview.get(one.getKey())));
    } else if (whole.isArray()) {
      for (int n = 0; n < whole.size(); n++) {
        assertIsCut(whole.get(n), preview.get(n));
      }
    } else {
      assertThat(preview).isEqualTo(whole);
    }
  }

  private static String value(Random random, int depth) {
    return switch (random.nextInt(depth > 4 ? 3 : 6)) {
      case 0 -> "1.0e10";
      case 1, 2 -> "\"" + text(random) + "\"";
      case 3 -> "[%s , %s]".formatted(value(random, depth + 1), value(random, depth + 1));
      default ->
          "{\"a\":%s,\t\"b\" :%s}".formatted(value(random, depth + 1), value(random, depth + 1));
    };
  }

  private static String text(Random random) {
    var text = new StringBuilder();
    int length = random.nextBoolean() ? random.nextInt(10) : random.nextInt(2 * LIMIT);
    while (text.length() < length) {
      text.append(CHARACTERS.get(random.nextInt(CHARACTERS.size() - 1)));
    }
    return text.toString();
  }

  private static byte[] encodedStrictly(String text) {
    try {
      var encoded = UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      var bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (CharacterCodingException e) {
      throw new AssertionError(e);
    }
  }

  private static String preview(String payload) {
    return PayloadPreview.of(parsed(line(payload))).bytes().toString();
  }

  private static JsonNode payload(String line) {
    return JsonMapper.shared().readTree(line).path("payload");
  }

  private static String line(String payload) {
    return "{\"ordinal\":3,\"type\":\"t\",\"payload\":%s}".formatted(payload);
  }

  /// The line lies between other bytes, as in a buffer.
  private static RolloutLine parsed(String line) {
    var bytes = ("##" + line + "\"#").getBytes(UTF_8);
    return RolloutLine.parse(bytes, 2, bytes.length - 4).orElseThrow();
  }
}
