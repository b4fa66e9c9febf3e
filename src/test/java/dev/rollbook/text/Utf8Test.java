package dev.rollbook.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class Utf8Test {
  private static final List<byte[]> PIECES =
      Stream.of(
              "61",
              "6162636465666768",
              "00",
              "C3A9",
              "E282AC",
              "F09F9880",
              "EFBBBF",
              "EFBFBD",
              // Overlong, half a surrogate pair, beyond U+10FFFF, cut, and no beginning.
              "C0AF",
              "EDA080",
              "F4908080",
              "C3",
              "E282",
              "F09F98",
              "80",
              "FF",
              "FE")
          .map(HexFormat.of()::parseHex)
          .toList();

  static Stream<Random> seeds() {
    return Stream.iterate(0L, seed -> seed + 1).limit(200).map(Random::new);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void theFirstInvalidByteFollowsTheLongestValidPrefix(Random random) {
    var bytes = bytes(random);
    int from = random.nextInt(bytes.length + 1);
    int to = from + random.nextInt(bytes.length - from + 1);
    int bad = to;
    while (!isText(Arrays.copyOfRange(bytes, from, bad))) {
      bad--;
    }

    assertThat(Utf8.firstBad(bytes, from, to)).isEqualTo(bad);
    assertThat(Utf8.isValid(bytes, from, to)).isEqualTo(bad == to);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void textCutAnywhereEndsAfterItsLastCompleteCharacter(Random random) {
    var text = "aé€😀".repeat(20);
    var bytes = text.getBytes(UTF_8);
    int from = text.substring(0, 5 * random.nextInt(3)).getBytes(UTF_8).length;
    int to = from + random.nextInt(bytes.length - from + 1);
    int end = to;
    while (!isText(Arrays.copyOfRange(bytes, from, end))) {
      end--;
    }

    assertThat(Utf8.endOfLastCharacter(bytes, from, to)).isEqualTo(end);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void atMostThreeBytesAreTruncated(Random random) {
    var bytes = bytes(random);

    assertThat(Utf8.endOfLastCharacter(bytes, 0, bytes.length))
        .isBetween(Math.max(0, bytes.length - 3), bytes.length);
  }

  @Test
  void marksAndNulsAtTheStartMislead() {
    assertThat(firstMisleading("{\"a\":1}")).isEqualTo(7);
    assertThat(firstMisleading("{\"é\":1}")).isEqualTo(8);
    assertThat(firstMisleading("\uFEFF{}")).isZero();
    assertThat(firstMisleading("{\0}\0")).isEqualTo(1);
    assertThat(firstMisleading("")).isZero();
  }

  private static int firstMisleading(String json) {
    var bytes = json.getBytes(UTF_8);
    return Utf8.firstMisleading(bytes, 0, bytes.length);
  }

  private static boolean isText(byte[] bytes) {
    return Arrays.equals(new String(bytes, UTF_8).getBytes(UTF_8), bytes);
  }

  private static byte[] bytes(Random random) {
    var bytes = new ByteArrayOutputStream();
    int good = random.nextInt(9);
    for (int n = random.nextInt(30); n > 0; n--) {
      bytes.writeBytes(PIECES.get(random.nextInt(random.nextInt(20) == 0 ? PIECES.size() : 8)));
    }
    bytes.writeBytes("a".repeat(good).getBytes(UTF_8));
    return bytes.toByteArray();
  }
}
