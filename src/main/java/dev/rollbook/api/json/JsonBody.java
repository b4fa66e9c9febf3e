package dev.rollbook.api.json;

import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.Timestamps;
import dev.rollbook.redaction.Redaction;
import dev.rollbook.text.JsonSpan;
import dev.rollbook.text.RawJson;
import dev.rollbook.text.Unicode;
import dev.rollbook.text.Utf8;
import dev.rollbook.text.WellFormedJson;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.JsonParserDelegate;

/// Parser of a JSON body, or of one line of an upload. It reports each mistake with the JSON
/// pointer to it, and keeps payloads in the bytes that were sent.
///
/// This class refuses unknown and duplicate members. Jackson would load an unknown member into
/// memory, and would use the last of two duplicates.
///
/// The nesting limit is below that of the rollout reader, so that every accepted item can be read
/// from its rollout.
public final class JsonBody extends JsonParserDelegate {
  private static final int MAX_DEPTH = 256;
  private static final int ITEMS_BETWEEN_CALLBACKS = 64;
  private static final int MAX_ID_LENGTH = 128;
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
  private final Redaction redaction;
  private final String what;
  private final IntConsumer counted;

  /// Members of the record that is bound; null for a line, which is an item or any object.
  private @Nullable List<String> members;

  private final List<String> seen = new ArrayList<>();

  /// @param maxItem size limit of an item in bytes
  /// @param counted called now and then with the number of items so far; throws if there are too
  ///   many
  /// @param redaction of all texts that become a part of the history
  JsonBody(byte[] bytes, long maxItem, Redaction redaction, IntConsumer counted) {
    this(bytes, 0, bytes.length, maxItem, "body", redaction, counted);
  }

  private JsonBody(
      byte[] bytes,
      int offset,
      int length,
      long maxItem,
      String what,
      Redaction redaction,
      IntConsumer counted) {
    requireUtf8(bytes, offset, offset + length, what);
    super(JSON.createParser(ObjectReadContext.empty(), bytes, offset, length));
    this.counted = counted;
    this.bytes = bytes;
    this.offset = offset;
    this.maxItem = maxItem;
    this.redaction = redaction;
    this.what = what;
  }

  /// One line of a body.
  public static JsonBody line(byte[] bytes, int from, int to, long maxItem, Redaction redaction) {
    return new JsonBody(bytes, from, to - from, maxItem, "line", redaction, count -> {});
  }

  /// Jackson skips strings without validating them, and guesses the encoding.
  private static void requireUtf8(byte[] bytes, int offset, int end, String what) {
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

  /// Reads the whole body; anything after the value is refused.
  public <T> T whole(Function<JsonBody, T> parse) {
    try {
      if (delegate.nextToken() == null) {
        throw new InvalidRequest("", what + " is empty, a JSON object is needed");
      }
      var result = parse.apply(this);
      if (delegate.nextToken() != null) {
        throw new InvalidRequest("", what + " has more than one JSON value");
      }
      return result;
    } catch (JacksonException e) {
      throw switch (e.getCause()) {
        // A record's constructor has refused the body.
        case InvalidRequest refused -> refused;
        case JacksonException malformed -> malformed(malformed);
        case null, default -> malformed(e);
      };
    }
  }

  /// Binds the body to a record.
  <T extends Record> T bind(Class<T> type) {
    if (delegate.currentToken() != JsonToken.START_OBJECT) {
      throw wrong("must be an object");
    }
    members = BodyMapper.members(type);
    return BodyMapper.read(this, type);
  }

  @Override
  public @Nullable JsonToken nextToken() {
    var token = delegate.nextToken();
    if (token == JsonToken.PROPERTY_NAME
        && members != null
        && delegate.streamReadContext().getNestingDepth() == 1) {
      var name = delegate.currentName();
      if (!members.contains(name)) {
        throw wrong("is not known");
      }
      if (seen.contains(name)) {
        throw wrong("is present twice");
      }
      seen.add(name);
    }
    return token;
  }

  public InvalidRequest wrong(String detail) {
    return new InvalidRequest(pointer(), detail);
  }

  /// A text of limited length, or null. An unpaired surrogate in it becomes U+FFFD.
  public @Nullable String text(int max) {
    if (isNull()) {
      return null;
    }
    var text = bounded(string(), max);
    if (text.indexOf('\0') >= 0) {
      throw wrong("must not contain U+0000");
    }
    return redaction.text(Unicode.wellFormed(text));
  }

  /// An identifying text, or null. Never altered, because two different texts must stay different.
  @Nullable String word(int max) {
    if (isNull()) {
      return null;
    }
    var text = bounded(string(), max);
    if (!Unicode.isWellFormed(text)) {
      throw wrong("must not contain an unpaired surrogate or U+0000");
    }
    return text;
  }

  private String bounded(String text, int max) {
    if (text.length() > max) {
      throw wrong("is longer than %d characters".formatted(max));
    }
    return text;
  }

  public boolean isText() {
    return delegate.currentToken() == JsonToken.VALUE_STRING;
  }

  public boolean isNull() {
    return delegate.currentToken() == JsonToken.VALUE_NULL;
  }

  String string() {
    if (delegate.currentToken() != JsonToken.VALUE_STRING) {
      throw wrong("must be a string");
    }
    return delegate.getString();
  }

  /// A text that is parsed, such as an id, or null.
  public <T> @Nullable T parsed(Function<String, T> parse) {
    if (isNull()) {
      return null;
    }
    var text = string();
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  boolean bool() {
    if (delegate.currentToken() != JsonToken.VALUE_TRUE
        && delegate.currentToken() != JsonToken.VALUE_FALSE) {
      throw wrong("must be true or false");
    }
    return delegate.getBooleanValue();
  }

  @Nullable Long ordinal() {
    if (isNull()) {
      return null;
    }
    if (delegate.currentToken() != JsonToken.VALUE_NUMBER_INT || delegate.getLongValue() < 0) {
      throw wrong("must be an integer of at least 0");
    }
    return delegate.getLongValue();
  }

  /// A text that may be as large as an item, or null. Invalid characters become U+FFFD.
  public @Nullable String longText() {
    if (isNull()) {
      return null;
    }
    var text = string();
    if (text.length() > maxItem) {
      throw new ItemTooLarge(pointer(), maxItem);
    }
    return redaction.text(Unicode.wellFormed(text));
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
    return redaction.json(value);
  }

  /// Any value, as the bytes that were sent.
  RawJson raw() {
    return JsonSpan.of(delegate).in(bytes, offset);
  }

  /// An object of limited size, or null. Invalid characters in its texts become U+FFFD.
  public @Nullable RawJson rawObject(int max) {
    if (isNull()) {
      return null;
    }
    if (delegate.currentToken() != JsonToken.START_OBJECT) {
      throw wrong("must be an object");
    }
    var where = pointer();
    var object = raw();
    if (object.length() > max) {
      throw new InvalidRequest(where, "is larger than %d bytes".formatted(max));
    }
    return redaction.json(WellFormedJson.of(object));
  }

  public List<RolloutItem> items() {
    if (delegate.currentToken() != JsonToken.START_ARRAY) {
      throw wrong("must be an array of items");
    }
    var items = new ArrayList<RolloutItem>();
    while (delegate.nextToken() != JsonToken.END_ARRAY) {
      items.add(item());
      if (items.size() % ITEMS_BETWEEN_CALLBACKS == 0) {
        counted.accept(items.size());
      }
    }
    if (items.isEmpty()) {
      throw wrong("must not be empty");
    }
    return items;
  }

  public RolloutItem item() {
    long start = delegate.currentTokenLocation().getByteOffset();
    if (delegate.currentToken() != JsonToken.START_OBJECT) {
      throw wrong("must be an object");
    }
    String id = null;
    String timestamp = null;
    String type = null;
    RawJson payload = null;
    RawJson metadata = null;
    var had = new ArrayList<String>();
    while (delegate.nextToken() == JsonToken.PROPERTY_NAME) {
      var name = delegate.currentName();
      if (had.contains(name)) {
        throw wrong("is present twice");
      }
      had.add(name);
      delegate.nextToken();
      switch (name) {
        case "id" -> id = word(MAX_ID_LENGTH);
        case "timestamp" -> timestamp = parsed(JsonBody::timestamp);
        case "type" -> type = type();
        case "payload" -> payload = raw();
        case "metadata" -> metadata = isNull() ? null : raw();
        default -> throw wrong("is not known");
      }
    }
    if (delegate.currentLocation().getByteOffset() - start > maxItem) {
      throw new ItemTooLarge("item " + pointer(), maxItem);
    }
    if (type == null) {
      throw new InvalidRequest(pointer() + "/type", "is missing");
    }
    if (payload == null) {
      throw new InvalidRequest(pointer() + "/payload", "is missing");
    }
    return new RolloutItem(
        id, timestamp, type, redaction.json(payload), redaction.jsonOrNull(metadata));
  }

  private String type() {
    var text = word(MAX_ID_LENGTH);
    if (text == null || text.isBlank()) {
      throw wrong("must not be empty");
    }
    return text;
  }

  private static String timestamp(String text) {
    Timestamps.parse(text);
    return text;
  }

  String pointer() {
    return delegate.streamReadContext().pathAsPointer().toString();
  }

  private InvalidRequest malformed(JacksonException malformed) {
    return wrong("is not valid JSON: " + describe(malformed));
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
}
