package dev.rollbook.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WellFormedJsonTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "\"a\", \"a\"",
        "\"\\ud83d\", \"\\ufffd\"",
        "\"\\uD83D\\u2026\", \"\\ufffd\\u2026\"",
        "\"\\ude00 low first \\ud83d\", \"\\ufffd low first \\ufffd\"",
        "\"\\ude00\\ud83d\", \"\\ufffd\\ufffd\"",
        "\"\\ud83d\\ud83d\\ude00\", \"\\ufffd\\ud83d\\ude00\"",
        "\"\\ud83d\\ude00\\ude00\", \"\\ud83d\\ude00\\ufffd\"",
        "\"\\ud83d\\n\", \"\\ufffd\\n\"",
        "\"\\ud83d\\\\ude00\", \"\\ufffd\\\\ude00\"",
        "\"\\\\ud83d is a backslash\", \"\\\\ud83d is a backslash\"",
        "\"\\\\\\ud83d\", \"\\\\\\ufffd\"",
        "\"\\ud83d😀\", \"\\ufffd😀\"",
        "\"\\u0000\\u00e9\\/\\\"\", \"\\u0000\\u00e9\\/\\\"\"",
        "{\"\\ud83d\":[\"\\udfff\"]}, {\"\\ufffd\":[\"\\ufffd\"]}",
        "\"torn \\ud83d\\u12, \"torn \\ufffd\\u12",
        "\"torn \\ud8, \"torn \\ud8",
        "\"torn \\ud83d, \"torn \\ufffd"
      })
  void onlyUnpairedSurrogatesAreReplaced(String sent, String expected) throws IOException {
    var bytes = sent.getBytes(StandardCharsets.UTF_8);

    assertThat(WellFormedJson.of(RawJson.of(sent))).hasToString(expected);
    for (int split = 0; split <= bytes.length; split++) {
      var target = new ByteArrayOutputStream();
      var out = new WellFormedJson(target);
      out.write(bytes, 0, split);
      out.write(bytes, split, bytes.length - split);
      out.finish();
      assertThat(target.toString(StandardCharsets.UTF_8)).isEqualTo(expected);
    }
  }
}
