package dev.rollbook.projection;

import dev.rollbook.model.TokenCounts;
import dev.rollbook.text.RawJson;
import dev.rollbook.text.Unicode;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Sum of the token usage of turns. Integers with the same name are added, also inside nested
/// objects. All other values are left out.
///
/// Clients may send anything as usage, so the sum is limited: numbers saturate, and a turn that
/// would make the sum too long is not added. Names are sorted, so that the same turns always give
/// the same text.
public final class TokenUsage {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED).build();

  public static final TokenUsage NONE = new TokenUsage(JSON.createObjectNode());

  /// Maximum length of a sum, which is stored in the row and returned in lists.
  private static final int MAX_LENGTH = 16 * 1024;

  /// Never modified, so that sums can share their parts.
  private final ObjectNode sum;

  private TokenUsage(ObjectNode sum) {
    this.sum = sum;
  }

  /// The usage of a turn, or a sum from [#json()].
  public static TokenUsage of(@Nullable RawJson json) {
    return json == null ? NONE : new TokenUsage(counts(PayloadJson.read(json)));
  }

  static TokenUsage of(JsonNode node) {
    return NONE.plus(new TokenUsage(counts(node)));
  }

  public static TokenUsage of(@Nullable String json) {
    return of(RawJson.ofNullable(json));
  }

  public TokenUsage plus(TokenUsage other) {
    if (other.sum.isEmpty()) {
      return this;
    }
    var total = new TokenUsage(added(sum, other.sum, 1));
    return total.bytes().length > MAX_LENGTH ? this : total;
  }

  /// The difference to an earlier sum.
  public TokenUsage minus(TokenUsage other) {
    return other.sum.isEmpty() ? this : new TokenUsage(added(sum, other.sum, -1));
  }

  /// The tokens by kind, whatever the agent calls them.
  public TokenCounts counts() {
    return sum.isEmpty() ? TokenCounts.NONE : TokenKinds.of(sum);
  }

  boolean isNegative() {
    return isNegative(sum);
  }

  boolean isSame(TokenUsage other) {
    return sum.equals(other.sum);
  }

  /// Null where there is nothing.
  @Nullable RawJson rawJson() {
    return sum.isEmpty() ? null : RawJson.of(bytes());
  }

  /// Null where there is nothing.
  public @Nullable String json() {
    return sum.isEmpty() ? null : JSON.writeValueAsString(sum);
  }

  private byte[] bytes() {
    return JSON.writeValueAsBytes(sum);
  }

  /// The whole numbers of an object, and its objects that have some.
  private static ObjectNode counts(JsonNode node) {
    var counts = JSON.createObjectNode();
    if (node.isObject()) {
      node.forEachEntry((name, value) -> {
        if (value.isObject()) {
          var inner = counts(value);
          if (!inner.isEmpty()) {
            counts.set(Unicode.wellFormed(name), inner);
          }
        } else if (value.isIntegralNumber() && value.canConvertToLong()) {
          counts.put(Unicode.wellFormed(name), value.longValue());
        }
      });
    }
    return counts;
  }

  /// @param sign -1 to subtract
  private static ObjectNode added(ObjectNode one, ObjectNode two, int sign) {
    var sum = JSON.createObjectNode();
    sum.setAll(one);
    two.forEachEntry((name, value) -> {
      var known = one.get(name);
      if (value instanceof ObjectNode more) {
        sum.set(
            name,
            added(known instanceof ObjectNode has ? has : JSON.createObjectNode(), more, sign));
      } else if (known == null || !known.isObject()) {
        // If a name is a number once and an object another time, the object counts.
        sum.put(name, added(known == null ? 0 : known.longValue(), value.longValue(), sign));
      }
    });
    return sum;
  }

  private static long added(long one, long two, int sign) {
    try {
      return sign < 0 ? Math.subtractExact(one, two) : Math.addExact(one, two);
    } catch (ArithmeticException e) {
      return (two < 0) == (sign < 0) ? Long.MAX_VALUE : Long.MIN_VALUE;
    }
  }

  private static boolean isNegative(JsonNode count) {
    return count.isObject()
        ? count.valueStream().anyMatch(TokenUsage::isNegative)
        : count.longValue() < 0;
  }
}
