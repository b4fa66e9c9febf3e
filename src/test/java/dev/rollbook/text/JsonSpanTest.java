package dev.rollbook.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

class JsonSpanTest {
  private static final JsonFactory JSON = new JsonFactory();
  private static final List<String> SPACE = List.of("", "", " ", "\t", "\n", "\r\n  ");
  private static final List<String> SCALARS =
      List.of(
          "0",
          "-1.50e+10",
          "123456789012345678901234567890",
          "true",
          "false",
          "null",
          "\"\"",
          "\"é€😀\"",
          "\"\\u00e9 \\\"}],{[\"");

  static Stream<Random> seeds() {
    return Stream.iterate(0L, seed -> seed + 1).limit(100).map(Random::new);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void valuesAreTheOriginalBytes(Random random) {
    var values = IntStream.range(0, 6).mapToObj(i -> value(random, 3)).toList();
    var before = "x".repeat(random.nextInt(5));
    var json = (before + object(random, values)).getBytes(UTF_8);
    int offset = before.length();

    try (var parser =
        JSON.createParser(ObjectReadContext.empty(), json, offset, json.length - offset)) {
      var found = spans(parser).stream().map(span -> text(span.in(json, offset))).toList();
      assertThat(found).isEqualTo(values);
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void offsetsInAStreamAreByteOffsets(Random random) {
    var values = IntStream.range(0, 6).mapToObj(i -> value(random, 3)).toList();
    var padded = new ArrayList<>(values);
    // Longer than the parser's buffer.
    padded.add(random.nextInt(7), "\"" + "é".repeat(5000) + "\"");
    var json = object(random, padded).getBytes(UTF_8);

    try (var parser =
        JSON.createParser(ObjectReadContext.empty(), new ByteArrayInputStream(json))) {
      var found = spans(parser).stream().map(span -> text(span.in(json, 0))).toList();
      assertThat(found).isEqualTo(padded);
    }
  }

  private static List<JsonSpan> spans(JsonParser parser) {
    var spans = new ArrayList<JsonSpan>();
    assertThat(parser.nextToken()).isEqualTo(JsonToken.START_OBJECT);
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      parser.nextToken();
      spans.add(JsonSpan.of(parser));
    }
    assertThat(parser.currentToken()).isEqualTo(JsonToken.END_OBJECT);
    return spans;
  }

  /// As it stands there, line breaks included.
  private static String text(RawJson value) {
    return value.read((bytes, offset, length) -> new String(bytes, offset, length, UTF_8));
  }

  private static String object(Random random, List<String> values) {
    return values.stream()
        .map(value ->
            space(random) + "\"é\"" + space(random) + ":" + space(random) + value + space(random))
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String value(Random random, int depth) {
    return switch (depth == 0 ? 0 : random.nextInt(3)) {
      case 0 -> SCALARS.get(random.nextInt(SCALARS.size()));
      case 1 -> object(random, List.of(value(random, depth - 1), value(random, depth - 1)));
      default -> "[" + space(random) + value(random, depth - 1) + space(random) + "]";
    };
  }

  private static String space(Random random) {
    return SPACE.get(random.nextInt(SPACE.size()));
  }
}
