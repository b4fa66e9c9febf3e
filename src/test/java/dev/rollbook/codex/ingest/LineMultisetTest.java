package dev.rollbook.codex.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.rollout.line.RolloutLine;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineMultisetTest {
  private static final RolloutLine LINE =
      line("{'timestamp':'t','type':'ab','payload':'p','id':'c','metadata':1}");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'timestamp':'t','type':'ab','payload':'q','id':'c','metadata':1}",
        "{'timestamp':'u','type':'ab','payload':'p','id':'c','metadata':1}",
        "{'timestamp':'t','type':'a','payload':'p','id':'bc','metadata':1}",
        "{'timestamp':'ta','type':'b','payload':'p','id':'c','metadata':1}",
        "{'timestamp':'t','type':'ab','payload':'p','metadata':1}",
        "{'timestamp':'t','type':'ab','payload':'p','id':'','metadata':1}",
        "{'timestamp':'t','type':'ab','payload':'p','id':'c'}",
        "{'timestamp':'t','type':'ab','payload':'p1','id':'c'}",
        "{'timestamp':'t','type':'ab','payload': 'p','id':'c','metadata':1.0}"
      })
  void linesThatDifferInAnyMemberAreDifferent(String other) {
    assertSame(line(other), false);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'timestamp':'t','type':'ab','payload':'p','id':'c','metadata':1,'ordinal':7}",
        "{'metadata':1,'id':'c','payload':'p','type':'ab','timestamp':'t'}",
        "{'metadata':1,'id':'c','payload':\r'p','type':'ab','timestamp':'t','other':2}"
      })
  void ordinalsAndMemberOrderAreIgnored(String other) {
    assertSame(line(other), true);
  }

  @Test
  void lineBreaksInsideAPayloadAreIgnored() {
    var one = line("{'timestamp':'t','type':'a','payload':[1,2]}");
    var other = line("{'timestamp':'t','type':'a','payload':[1,\r2\r]}");

    assertThat(LineMultiset.isSame(one, other)).isTrue();
    assertThat(of(one).take(other)).isTrue();
  }

  @Test
  void eachLineIsCountedAsOftenAsItWasAdded() {
    var random = new Random(1);
    var digests = new LineMultiset();
    var left = new ArrayList<Integer>();
    for (int n = 0; n < 20_000; n++) {
      int number = random.nextInt(5000);
      left.add(number);
      digests.add(numbered(number));
    }
    for (int n = 0; n < 20_000; n++) {
      int number = random.nextInt(6000);
      assertThat(digests.take(numbered(number))).isEqualTo(left.remove(Integer.valueOf(number)));
    }
  }

  private static void assertSame(RolloutLine other, boolean same) {
    assertThat(LineMultiset.isSame(LINE, other)).isEqualTo(same);
    assertThat(of(LINE).take(other)).isEqualTo(same);
  }

  private static LineMultiset of(RolloutLine line) {
    var digests = new LineMultiset();
    List.of(line, numbered(1)).forEach(digests::add);
    return digests;
  }

  private static RolloutLine numbered(int number) {
    return line("{'timestamp':'t','type':'a','payload':%d}".formatted(number));
  }

  private static RolloutLine line(String text) {
    var bytes = text.replace('\'', '"').getBytes(UTF_8);
    return RolloutLine.parse(bytes, 0, bytes.length).orElseThrow();
  }
}
