package dev.rollbook.history;

import dev.rollbook.model.JsonSpan;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Unicode;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/// Payloads that Rollbook writes and reads itself. Members that are null are left out.
final class Payload implements AutoCloseable {
  /// Numbers become doubles, which take any exponent; only texts are read off the tree.
  private static final JsonMapper JSON = JsonMapper.shared();

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
  private final JsonGenerator json = JSON.createGenerator(bytes);

  Payload() {
    json.writeStartObject();
  }

  static Payload ofType(String type) {
    return new Payload().with("type", type);
  }

  /// The payload as a tree, without what is too much of it; a missing node where it is no JSON.
  static JsonNode read(RawJson payload) {
    try {
      return payload.read((bytes, offset, length) -> PayloadTree.read(JSON, bytes, offset, length));
    } catch (JacksonException | ArithmeticException | NumberFormatException unreadable) {
      return MissingNode.getInstance();
    }
  }

  /// A text that every database and every client can take: what is no character is replaced.
  static @Nullable String text(JsonNode node, String member) {
    return text(node.path(member));
  }

  static @Nullable String text(JsonNode value) {
    return value.isString() ? Unicode.wellFormed(value.stringValue()) : null;
  }

  /// The thread that a member names; null where it names none.
  static @Nullable ThreadId thread(JsonNode node, String member) {
    var text = text(node, member);
    try {
      return text == null ? null : ThreadId.parse(text);
    } catch (IllegalArgumentException notAnId) {
      return null;
    }
  }

  /// A member of an object as the very bytes that it has there; null where it is missing or null.
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
    } catch (JacksonException unreadable) {
      return null;
    }
  }

  Payload with(String name, @Nullable String value) {
    if (value != null) {
      json.writeStringProperty(name, value);
    }
    return this;
  }

  Payload with(String name, long value) {
    json.writeNumberProperty(name, value);
    return this;
  }

  Payload with(String name, @Nullable Long value) {
    return value == null ? this : with(name, value.longValue());
  }

  Payload with(String name, @Nullable RawJson value) {
    if (value != null) {
      json.writeName(name);
      json.writeRawValue(value.toString());
    }
    return this;
  }

  /// A member that is there even when it has no value.
  Payload withNullable(String name, @Nullable String value) {
    if (value == null) {
      json.writeNullProperty(name);
    }
    return with(name, value);
  }

  RawJson build() {
    json.writeEndObject();
    json.close();
    return RawJson.of(bytes.toByteArray());
  }

  @Override
  public void close() {
    json.close();
  }
}
