package dev.rollbook.projection;

import dev.rollbook.model.ThreadId;
import dev.rollbook.text.JsonSpan;
import dev.rollbook.text.RawJson;
import dev.rollbook.text.Unicode;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.util.RawValue;

/// Builds the payloads that Rollbook writes, without null members. Reads payloads of any origin.
final class PayloadJson {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final ObjectNode json = JSON.createObjectNode();

  static PayloadJson ofType(String type) {
    return new PayloadJson().with("type", type);
  }

  /// The payload as a tree of bounded size; a missing node if it is not JSON.
  static JsonNode read(RawJson payload) {
    try {
      return payload.read(
          (bytes, offset, length) -> PayloadTreeReader.read(JSON, bytes, offset, length));
    } catch (JacksonException | ArithmeticException | NumberFormatException e) {
      return MissingNode.getInstance();
    }
  }

  /// A text without lone surrogates, which databases and clients would reject.
  static @Nullable String text(JsonNode node, String member) {
    return text(node.path(member));
  }

  static @Nullable String text(JsonNode value) {
    return value.isString() ? Unicode.wellFormed(value.stringValue()) : null;
  }

  /// The thread id in a member; null for none.
  static @Nullable ThreadId thread(JsonNode node, String member) {
    var text = text(node, member);
    try {
      return text == null ? null : ThreadId.parse(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /// The bytes of a member; null if it is missing or null.
  static @Nullable RawJson raw(RawJson object, String member) {
    var bytes = object.toByteArray();
    try (var parser = JSON.createParser(bytes)) {
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
          boolean found = parser.currentName().equals(member);
          boolean isNull = parser.nextToken() == JsonToken.VALUE_NULL;
          var value = JsonSpan.of(parser);
          if (found) {
            return isNull ? null : RawJson.of(value.in(bytes, 0).toByteArray());
          }
        }
      }
      return null;
    } catch (JacksonException e) {
      return null;
    }
  }

  PayloadJson with(String name, @Nullable String value) {
    return value == null ? this : withNullable(name, value);
  }

  PayloadJson with(String name, @Nullable Long value) {
    if (value != null) {
      json.put(name, value);
    }
    return this;
  }

  PayloadJson with(String name, @Nullable RawJson value) {
    if (value != null) {
      json.putRawValue(name, new RawValue(value.toString()));
    }
    return this;
  }

  /// A member that may be null.
  PayloadJson withNullable(String name, @Nullable String value) {
    json.put(name, value);
    return this;
  }

  RawJson build() {
    return RawJson.of(JSON.writeValueAsBytes(json));
  }
}
