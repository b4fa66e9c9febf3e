package dev.rollbook.rollout;

import dev.rollbook.model.JsonSpan;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.Utf8;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonParser.NumberType;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Lines to what they hold; a line that is no JSON object with a `type` and a `payload` is not one.
final class LineDecoder {
  private static final JsonFactory JSON = new JsonFactory();

  /// What others write beyond is no place: there is to be room for all that follows.
  private static final long LAST = 1L << 53;

  private final byte[] bytes;
  private final int offset;
  private long ordinal = RolloutLine.NO_ORDINAL;
  private @Nullable String id;
  private String timestamp = "";
  private @Nullable String type;
  private @Nullable RawJson payload;
  private @Nullable RawJson metadata;

  private LineDecoder(byte[] bytes, int offset) {
    this.bytes = bytes;
    this.offset = offset;
  }

  /// @param length of the line without its line feed
  static Optional<RolloutLine> decode(byte[] bytes, int offset, int length) {
    if (Utf8.firstMisleading(bytes, offset, offset + length) < offset + length) {
      return Optional.empty();
    }
    try (var parser = JSON.createParser(ObjectReadContext.empty(), bytes, offset, length)) {
      return new LineDecoder(bytes, offset).object(parser, length);
    } catch (JacksonException unreadable) {
      return Optional.empty();
    }
  }

  private Optional<RolloutLine> object(JsonParser parser, int length) {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      return Optional.empty();
    }
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      member(parser, parser.currentName());
    }
    if (parser.nextToken() != null || type == null || payload == null) {
      return Optional.empty();
    }
    var line = new RawJson(bytes, offset, length);
    boolean numbered = ordinal != RolloutLine.NO_ORDINAL;
    return Optional.of(
        new RolloutLine(ordinal, numbered, id, timestamp, type, payload, metadata, line));
  }

  private void member(JsonParser parser, String name) {
    var token = parser.nextToken();
    switch (name) {
      case "ordinal" -> ordinal = ordinal(parser, token);
      case "timestamp" -> timestamp = token == JsonToken.VALUE_STRING ? parser.getString() : "";
      case "id" -> id = token == JsonToken.VALUE_STRING ? parser.getString() : null;
      case "type" -> type = token == JsonToken.VALUE_STRING ? parser.getString() : null;
      case "payload" -> payload = JsonSpan.of(parser).in(bytes, offset);
      case "metadata" -> metadata = JsonSpan.of(parser).in(bytes, offset);
      default -> parser.skipChildren();
    }
  }

  private static long ordinal(JsonParser parser, JsonToken token) {
    long value =
        token == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() != NumberType.BIG_INTEGER
            ? parser.getLongValue()
            : RolloutLine.NO_ORDINAL;
    parser.skipChildren();
    return value >= 0 && value <= LAST ? value : RolloutLine.NO_ORDINAL;
  }
}
