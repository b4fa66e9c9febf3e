package dev.rollbook.api;

import dev.rollbook.model.JsonSpan;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.Unicode;
import dev.rollbook.model.Utf8;
import dev.rollbook.model.WellFormedJson;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/// A JSON body that is taken apart member by member, so that each mistake is told with its place
/// and payloads stay the very bytes that were sent.
///
/// Depth is bounded below what reading a rollout allows: what is taken can be read back.
final class JsonBody implements AutoCloseable {
  private static final int MAX_DEPTH = 256;
  private static final int COUNTED = 64;
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private final byte[] bytes;
  private final int offset;
  private final long maxItem;
  private final String what;
  private final JsonParser parser;
  private final IntConsumer counted;

  /// @param maxItem bytes of the largest item that is taken
  /// @param counted told of the number of items so far, every now and then; throws if there are too
  ///   many
  JsonBody(byte[] bytes, long maxItem, IntConsumer counted) {
    this(bytes, 0, bytes.length, maxItem, "body", counted);
  }

  private JsonBody(
      byte[] bytes, int offset, int length, long maxItem, String what, IntConsumer counted) {
    this.counted = counted;
    this.bytes = bytes;
    this.offset = offset;
    this.maxItem = maxItem;
    this.what = what;
    requireUtf8(offset + length);
    this.parser = JSON.createParser(ObjectReadContext.empty(), bytes, offset, length);
  }

  /// One line of a body.
  static JsonBody line(byte[] bytes, int from, int to, long maxItem) {
    return new JsonBody(bytes, from, to - from, maxItem, "line", count -> {});
  }

  /// The parser skips over strings without looking, and guesses the encoding.
  private void requireUtf8(int end) {
    int bad = Utf8.firstMisleading(bytes, offset, end);
    if (bad < end) {
      throw new InvalidRequest(
          "", "%s is not plain UTF-8 JSON: bad byte at %d".formatted(what, bad - offset));
    }
    bad = Utf8.firstBad(bytes, offset, end);
    if (bad < end) {
      throw new InvalidRequest("", "%s is not UTF-8: bad byte at %d".formatted(what, bad - offset));
    }
  }

  /// Reads all of the body; anything behind the value is refused.
  <T> T whole(Function<JsonBody, T> parse) {
    try {
      if (parser.nextToken() == null) {
        throw new InvalidRequest("", what + " is empty, a JSON object is needed");
      }
      var result = parse.apply(this);
      if (parser.nextToken() != null) {
        throw new InvalidRequest("", what + " has more than one JSON value");
      }
      return result;
    } catch (JacksonException malformed) {
      throw new InvalidRequest(pointer(), "is not valid JSON: " + describe(malformed));
    }
  }

  /// Calls for each member of an object, with the parser at its value.
  void object(Consumer<String> member) {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw wrong("must be an object");
    }
    var seen = new ArrayList<String>();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      var name = parser.currentName();
      parser.nextToken();
      if (seen.contains(name)) {
        throw wrong("is there twice");
      }
      seen.add(name);
      member.accept(name);
    }
  }

  InvalidRequest unknown() {
    return wrong("is not known");
  }

  InvalidRequest wrong(String detail) {
    return new InvalidRequest(pointer(), detail);
  }

  /// A text of a bounded length, or null. Half a surrogate pair in it becomes U+FFFD.
  @Nullable String text(int longest) {
    if (isNull()) {
      return null;
    }
    var text = bounded(string(), longest);
    if (text.indexOf('\0') >= 0) {
      throw wrong("must be text: it has U+0000");
    }
    return Unicode.wellFormed(text);
  }

  /// A word that things are known by, or null: two that differ must not become the same.
  @Nullable String word(int longest) {
    if (isNull()) {
      return null;
    }
    var text = bounded(string(), longest);
    if (!Unicode.isWellFormed(text)) {
      throw wrong("must be text: it has half a surrogate pair or U+0000");
    }
    return text;
  }

  private String bounded(String text, int longest) {
    if (text.length() > longest) {
      throw wrong("is longer than %d characters".formatted(longest));
    }
    return text;
  }

  boolean isText() {
    return parser.currentToken() == JsonToken.VALUE_STRING;
  }

  boolean isNull() {
    return parser.currentToken() == JsonToken.VALUE_NULL;
  }

  String string() {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw wrong("must be a string");
    }
    return parser.getString();
  }

  /// A text in a form of its own, such as an id; or null.
  <T> @Nullable T parsed(Function<String, T> parse) {
    if (isNull()) {
      return null;
    }
    var text = string();
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException malformed) {
      throw wrong(String.valueOf(malformed.getMessage()));
    }
  }

  boolean bool() {
    if (parser.currentToken() != JsonToken.VALUE_TRUE
        && parser.currentToken() != JsonToken.VALUE_FALSE) {
      throw wrong("must be true or false");
    }
    return parser.getBooleanValue();
  }

  @Nullable Long ordinal() {
    if (isNull()) {
      return null;
    }
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT || parser.getLongValue() < 0) {
      throw wrong("must be a whole number from 0 on");
    }
    return parser.getLongValue();
  }

  /// A text that may be as large as an item, or null. What is no character in it becomes U+FFFD.
  @Nullable String longText() {
    if (isNull()) {
      return null;
    }
    var text = string();
    if (text.length() > maxItem) {
      throw new ItemTooLarge(pointer(), maxItem);
    }
    return Unicode.wellFormed(text);
  }

  /// Any value that may be as large as an item, or null.
  @Nullable RawJson rawOrNull() {
    if (isNull()) {
      return null;
    }
    var where = pointer();
    var value = raw();
    if (value.length() > maxItem) {
      throw new ItemTooLarge(where, maxItem);
    }
    return value;
  }

  /// Any value, as the bytes that were sent.
  RawJson raw() {
    return JsonSpan.of(parser).in(bytes, offset);
  }

  /// An object of a bounded size, or null. What is no character in its texts becomes U+FFFD.
  @Nullable RawJson rawObject(int longest) {
    if (isNull()) {
      return null;
    }
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw wrong("must be an object");
    }
    var where = pointer();
    var object = raw();
    if (object.length() > longest) {
      throw new InvalidRequest(where, "is larger than %d bytes".formatted(longest));
    }
    return WellFormedJson.of(object);
  }

  List<RolloutItem> items() {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw wrong("must be an array of items");
    }
    var items = new ArrayList<RolloutItem>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(item());
      if (items.size() % COUNTED == 0) {
        counted.accept(items.size());
      }
    }
    if (items.isEmpty()) {
      throw wrong("must not be empty");
    }
    return items;
  }

  RolloutItem item() {
    long start = parser.currentTokenLocation().getByteOffset();
    var item = new ItemMembers(this);
    object(item::member);
    if (parser.currentLocation().getByteOffset() - start > maxItem) {
      throw new ItemTooLarge("item " + pointer(), maxItem);
    }
    return item.build();
  }

  String pointer() {
    return parser.streamReadContext().pathAsPointer().toString();
  }

  private String describe(JacksonException malformed) {
    var problem = String.valueOf(malformed.getOriginalMessage()).lines().findFirst().orElse("");
    var at = malformed.getLocation();
    if (at == null) {
      return problem;
    }
    var line = what.equals("line") ? "" : "line %d, ".formatted(at.getLineNr());
    return "%s (%scolumn %d)".formatted(problem, line, at.getColumnNr());
  }

  @Override
  public void close() {
    parser.close();
  }
}
