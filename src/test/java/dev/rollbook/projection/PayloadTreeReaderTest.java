package dev.rollbook.projection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.text.RawJson;
import java.util.Iterator;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// A payload becomes a tree of bounded size, whatever it holds.
class PayloadTreeReaderTest {
  @Test
  void aLongTextIsTruncatedAndTheRestIsRead() {
    for (var character :
        new String[] {"x", "\\\\", "\\u00e9", "\u00e9", "\u4e2d", "\ud83d\ude00"}) {
      var tree = read("{\"a\":\"1%s\",\"type\":\"t\"}".formatted(character.repeat(1 << 20)));

      assertThat(tree.path("a").stringValue().length())
          .isLessThanOrEqualTo(PayloadTreeReader.MAX_BYTES_OF_TEXT);
      assertThat(tree.path("a").stringValue()).startsWith("1").doesNotContain("\ufffd");
      assertThat(tree.path("type").stringValue()).isEqualTo("t");
    }
  }

  @Test
  void onlyTheFirstOfManyValuesAreRead() {
    var tree = read("{\"type\":\"t\",\"a\":[%s1]}".formatted("{},".repeat(1_000_000)));

    assertThat(tree.path("type").stringValue()).isEqualTo("t");
    assertThat(nodes(tree)).isLessThanOrEqualTo(PayloadTreeReader.MAX_NODES);
  }

  @Test
  void valuesWithinTheLimitsAreReadUnchanged() {
    var json =
        "{\"a\":[1,2.5,null,true,{\"b\":[]},\"c\"],\"d\":\"%s\"}".formatted("x".repeat(100_000));

    assertThat(read(json)).hasToString(json);
  }

  private static long nodes(JsonNode node) {
    long count = 1;
    for (Iterator<JsonNode> each = node.iterator(); each.hasNext(); ) {
      count += nodes(each.next());
    }
    return count;
  }

  private static JsonNode read(String json) {
    return PayloadJson.read(RawJson.of(json));
  }
}
