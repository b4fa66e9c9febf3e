package dev.rollbook.codex.export;

import dev.rollbook.text.JsonSpan;
import dev.rollbook.text.RawJson;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/// Members of a JSON object with their original bytes, so that one member can be replaced without
/// changing the others.
final class JsonMembers {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Map<String, RawJson> values;

  private JsonMembers(Map<String, RawJson> values) {
    this.values = values;
  }

  /// Empty if the value is not an object.
  static Optional<JsonMembers> of(RawJson object) {
    var bytes = object.toByteArray();
    try (var parser = JSON.createParser(bytes)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return Optional.empty();
      }
      var values = new LinkedHashMap<String, RawJson>();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        var name = parser.currentName();
        parser.nextToken();
        values.put(name, JsonSpan.of(parser).in(bytes, 0));
      }
      return Optional.of(new JsonMembers(values));
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  static RawJson quoted(String text) {
    return RawJson.of(JSON.writeValueAsString(text));
  }

  @Nullable RawJson raw(String name) {
    return values.get(name);
  }

  Optional<JsonMembers> object(String name) {
    return Optional.ofNullable(raw(name)).flatMap(JsonMembers::of);
  }

  @Nullable String text(String name) {
    var node = node(name);
    return node.isString() ? node.stringValue() : null;
  }

  @Nullable Long number(String name) {
    var node = node(name);
    return node.isIntegralNumber() && node.canConvertToLong() ? node.longValue() : null;
  }

  boolean isTrue(String name) {
    return node(name).isBoolean() && node(name).booleanValue();
  }

  /// A text with its quotes and escapes.
  @Nullable RawJson rawText(String name) {
    var value = raw(name);
    return value != null && value.<Boolean>read((bytes, at, length) -> bytes[at] == '"')
        ? value
        : null;
  }

  /// Concatenates all `text` members of an array of objects, quoted; null if there are none.
  @Nullable RawJson texts(String name) {
    var value = raw(name);
    return value == null ? null : value.read(JsonMembers::texts).orElse(null);
  }

  /// Skips everything else without building a tree.
  private static Optional<RawJson> texts(byte[] bytes, int offset, int length) {
    var texts = new StringBuilder();
    try (var parser = JSON.createParser(bytes, offset, length)) {
      boolean isArray = parser.nextToken() == JsonToken.START_ARRAY;
      while (isArray && parser.nextToken() != JsonToken.END_ARRAY) {
        boolean isObject = parser.currentToken() == JsonToken.START_OBJECT;
        while (isObject && parser.nextToken() == JsonToken.PROPERTY_NAME) {
          boolean isText = parser.currentName().equals("text");
          if (parser.nextToken() == JsonToken.VALUE_STRING && isText) {
            texts.append(parser.getString());
          }
          parser.skipChildren();
        }
        parser.skipChildren();
      }
    } catch (JacksonException e) {
      return Optional.empty();
    }
    return texts.isEmpty() ? Optional.empty() : Optional.of(quoted(texts.toString()));
  }

  JsonMembers with(String name, RawJson value) {
    var changed = new LinkedHashMap<>(values);
    changed.put(name, value);
    return new JsonMembers(changed);
  }

  RawJson build() {
    return RawJson.of(JSON.writeValueAsBytes(values));
  }

  /// A member that is neither an object nor an array; missing otherwise.
  private JsonNode node(String name) {
    var value = raw(name);
    boolean isScalar =
        value != null && value.<Boolean>read((bytes, at, length) -> isScalar(bytes[at]));
    try {
      return value == null || !isScalar
          ? MissingNode.getInstance()
          : JSON.readTree(value.toByteArray());
    } catch (JacksonException | ArithmeticException | NumberFormatException e) {
      return MissingNode.getInstance();
    }
  }

  private static boolean isScalar(byte first) {
    return first != '{' && first != '[';
  }
}
