package dev.rollbook.rollout.line;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A line that is scanned is what a parser makes of it, whatever is in it.
class LineScannerTest {
  /// What damaged lines, and lines of other programs, may have at any place.
  private static final List<String> SPECIAL =
      List.of(
          "\"",
          "\\",
          "\\u",
          "\\ud83d",
          "\\ude00",
          "\\u00e9",
          "\\x",
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          " ",
          "\t",
          "\r",
          "\n",
          "\0",
          "\u001f",
          "\u007f",
          "é",
          "\u2028",
          "😀",
          "\uFEFF",
          "0",
          "-",
          "1",
          "01",
          "1.",
          "1.5",
          "e5",
          "E+",
          "-0",
          "9007199254740993",
          "true",
          "nul",
          "null",
          "\"ordinal\":7,",
          ",\"type\":\"x\"",
          "\"payload\":[],",
          "\"id\":null,",
          "\"id\":5,",
          "\"type\":{},",
          "\"ty\\u0070e\":\"x\",",
          "[[[[[[[[[[",
          "{\"a\":",
          "]]]]",
          "}}}}");

  static Stream<byte[]> lines() throws IOException {
    return SampleLines.all().stream();
  }

  @ParameterizedTest
  @MethodSource("lines")
  void allLinesOfTheSamplesAreScanned(byte[] line) {
    assertThat(assertSameAsDecoded(line)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"t\",\"payload\":null}",
        "{\"payload\":true,\"type\":\"t\"}",
        "{ \"type\" : \"t\" ,\t\"payload\" : [ ] }",
        "{\"ordinal\":0,\"type\":\"é\",\"payload\":{\"a\":[1,-2.5e+7,{},[],\"x\",false]}}",
        "{\"ordinal\":999999999999999,\"id\":\"世界\",\"type\":\"t\",\"payload\":\"\\u00e9\\n😀\"}",
        "{\"later\":{\"ordinal\":[\"x\"]},\"type\":\"t\",\"payload\":-0.0E-0,\"metadata\":[[]]}"
      })
  void validLinesAreScanned(String line) {
    assertThat(assertSameAsDecoded(line.getBytes(UTF_8))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{}",
        "{\"type\":\"t\"}",
        "{\"type\":\"t\",\"payload\":01}",
        "{\"type\":\"t\",\"payload\":1.}",
        "{\"type\":\"t\",\"payload\":[1,]}",
        "{\"type\":\"t\",\"payload\":{\"a\"}}",
        "{\"type\":\"t\",\"payload\":{\"a\":1]}",
        "{\"type\":\"t\",\"payload\":1}}",
        "{\"type\":\"t\",\"payload\":1} {}",
        "{\"type\":\"t\",\"payload\":1}\t",
        "{\"type\":\"t\",\"payload\":1,}",
        "{\"type\":\"t\",\"payload\":\"\t\"}",
        "{\"type\":\"t\",\"payload\":\"\\x\"}",
        "{\"type\":\"t\",\"payload\":\"\\u00g0\"}",
        "{\"type\":\"t\",\"payload\":trueish}",
        "{\"ordinal\":-1,\"type\":\"t\",\"payload\":1}",
        "{\"ordinal\":1.0,\"type\":\"t\",\"payload\":1}",
        "{\"ordinal\":9007199254740993,\"type\":\"t\",\"payload\":1}",
        "{\"ordinal\":\"1\",\"type\":\"t\",\"payload\":1}",
        "{\"ordinal\":1,\"ordinal\":2,\"type\":\"t\",\"payload\":1}",
        "{\"type\":\"a\",\"type\":\"b\",\"payload\":1}",
        "{\"type\":\"t\",\"payload\":1,\"payload\":2}",
        "{\"type\":\"\\u0074\",\"payload\":1}",
        "{\"ty\\u0070e\":\"t\",\"type\":\"s\",\"payload\":1}",
        "{\"id\":null,\"timestamp\":7,\"type\":\"t\",\"payload\":1}",
        "{\"type\":\"t\",\r\n\"payload\":1}",
        "\uFEFF{\"type\":\"t\",\"payload\":1}"
      })
  void damagedAndUnusualLinesAreLeftToTheParser(String line) {
    assertThat(assertSameAsDecoded(line.getBytes(UTF_8))).isFalse();
  }

  @Test
  void invalidUtf8IsLeftToTheParser() {
    for (var invalid :
        List.of(
            "\u0080",
            "\u00c3",
            "\u00c3(",
            "\u00c0\u0080",
            "\u00e0\u0080\u0080",
            "\u00ed\u00a0\u0080",
            "\u00f0\u0080\u0080\u0080",
            "\u00f4\u0090\u0080\u0080",
            "\u00f8\u0088\u0080\u0080\u0080",
            "\u00ff")) {
      var line = "{\"type\":\"t\",\"payload\":\"%s\"}".formatted(invalid).getBytes(ISO_8859_1);

      assertThat(assertSameAsDecoded(line)).as(invalid).isFalse();
    }
  }

  @Test
  void deepNestingIsLeftToTheParser() {
    for (int depth : List.of(63, 64, 65, 499, 501)) {
      var line =
          "{\"type\":\"t\",\"payload\":%s1%s}".formatted("[".repeat(depth), "]".repeat(depth));

      assertThat(assertSameAsDecoded(line.getBytes(UTF_8))).isEqualTo(depth <= 64);
    }
  }

  @Test
  void everyCharacterIsSkippedAtEveryPlace() {
    for (int before = 0; before < 17; before++) {
      for (var special : SPECIAL) {
        var line =
            "{\"type\":\"t\",\"payload\":\"%s\"}".formatted("x".repeat(before) + special + "yy");
        assertSameAsDecoded(line.getBytes(UTF_8));
      }
    }
  }

  @Test
  void aDamagedLineIsNeverTakenForAnother() throws IOException {
    var random = new Random(1);
    int scanned = 0;
    for (var line : SampleLines.all()) {
      for (int n = 0; n < 100; n++) {
        scanned += assertSameAsDecoded(damaged(line, random)) ? 1 : 0;
      }
    }
    assertThat(scanned).isGreaterThan(1000);
  }

  private static byte[] damaged(byte[] line, Random random) {
    int at = random.nextInt(Math.min(line.length, 400));
    var before = Arrays.copyOf(line, at);
    int skipped = random.nextBoolean() ? 0 : random.nextInt(Math.min(8, line.length - at) + 1);
    var after = Arrays.copyOfRange(line, at + skipped, line.length);
    var between =
        random.nextInt(4) == 0
            ? new byte[] {(byte) random.nextInt(256)}
            : SPECIAL.get(random.nextInt(SPECIAL.size())).getBytes(UTF_8);
    return concat(before, between, random.nextInt(20) == 0 ? new byte[0] : after);
  }

  private static byte[] concat(byte[]... parts) {
    var all = new java.io.ByteArrayOutputStream();
    for (var part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /// Scans the line in the middle of an array, as a reader does.
  ///
  /// @return whether the scanner knew the line
  private static boolean assertSameAsDecoded(byte[] line) {
    var around = concat("xx".getBytes(UTF_8), line, "\n".getBytes(UTF_8));
    int end = 2 + line.length;
    var scanner = new LineScanner(around, around.length);
    if (scanner.scan(2) != end) {
      return false;
    }
    var decoded = RolloutLine.decode(around, 2, line.length);
    assertThat(Optional.of(scanner.line(2, end)).map(LineScannerTest::text))
        .isEqualTo(decoded.map(LineScannerTest::text));
    return true;
  }

  private static List<Object> text(RolloutLine line) {
    return Arrays.asList(
        line.ordinal(),
        line.numbered(),
        line.id(),
        line.timestamp(),
        line.type(),
        line.payload().toString(),
        String.valueOf(line.metadata()),
        line.bytes().toString());
  }
}
