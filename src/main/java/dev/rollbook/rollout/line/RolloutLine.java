package dev.rollbook.rollout.line;

import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.text.JsonSpan;
import dev.rollbook.text.RawJson;
import dev.rollbook.text.Utf8;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonParser.NumberType;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/// A decoded line of a rollout. The payload is not interpreted.
///
/// @param ordinal ordinal that the line states if it is greater than that of the previous line,
///   otherwise the next free ordinal
/// @param numbered whether the line states this ordinal
/// @param bytes the whole line without its line break
public record RolloutLine(
    long ordinal,
    boolean numbered,
    @Nullable String id,
    String timestamp,
    String type,
    RawJson payload,
    @Nullable RawJson metadata,
    RawJson bytes) {

  public static final long NO_ORDINAL = -1;
  static final String SESSION_META = "session_meta";
  private static final JsonMapper JSON = JsonMapper.shared();

  /// Decodes a line; empty if it is no JSON object with a `type` and a `payload`.
  ///
  /// @param length of the line without its line feed
  public static Optional<RolloutLine> parse(byte[] bytes, int offset, int length) {
    var scanner = new LineScanner(bytes, offset + length);
    return scanner.scan(offset) == offset + length
        ? Optional.of(scanner.line(offset, offset + length))
        : decode(bytes, offset, length);
  }

  /// The same with a parser, which also knows unusual lines.
  static Optional<RolloutLine> decode(byte[] bytes, int offset, int length) {
    return Decoder.decode(bytes, offset, length);
  }

  /// Decodes a line like [#parse], without the NUL bytes that a crash of the machine may leave
  /// before and after it, and without trailing blanks.
  ///
  /// @param start of the line, which is the rest of the array
  public static Optional<RolloutLine> parseTrimmed(byte[] bytes, int start) {
    int from = start;
    while (from < bytes.length && bytes[from] == 0) {
      from++;
    }
    int to = bytes.length;
    while (to > from && (bytes[to - 1] == '\r' || bytes[to - 1] == ' ' || bytes[to - 1] == 0)) {
      to--;
    }
    return parse(bytes, from, to - from);
  }

  /// The line with its ordinal in a rollout.
  ///
  /// The ordinal that the line states counts if it is greater than its predecessor's. Otherwise the
  /// line gets the next ordinal, so that no two lines of a thread share one, whatever other
  /// programs wrote.
  public RolloutLine after(long previous) {
    return numbered && ordinal > previous
        ? this
        : new RolloutLine(previous + 1, false, id, timestamp, type, payload, metadata, bytes);
  }

  /// The bytes of the line, stating this ordinal also if the line itself states none or another.
  public RawJson numberedBytes() {
    return numbered
        ? bytes
        : RawJson.of(RawLine.renumbered(bytes.toByteArray(), ordinal).toByteArray());
  }

  /// The same line with another ordinal.
  public RolloutLine at(long other) {
    return new RolloutLine(other, numbered, id, timestamp, type, payload, metadata, bytes);
  }

  /// The same line with another payload.
  ///
  /// @param line the whole line
  RolloutLine with(RawJson otherPayload, RawJson line) {
    return new RolloutLine(ordinal, numbered, id, timestamp, type, otherPayload, metadata, line);
  }

  /// The same line, stating its ordinal.
  public RolloutLine stated() {
    return new RolloutLine(ordinal, true, id, timestamp, type, payload, metadata, bytes);
  }

  /// Whether the line stores such an item; if the item has no time, any time matches.
  public boolean holds(RolloutItem item) {
    return Objects.equals(id, item.id())
        && (item.timestamp() == null || timestamp.equals(item.timestamp()))
        && type.equals(item.type())
        && payload.sameBytes(item.payload())
        && RawJson.same(metadata, item.metadata());
  }

  /// Whether it is the `session_meta` of the thread.
  public boolean isMetaOf(ThreadId thread) {
    if (!type.equals(SESSION_META)) {
      return false;
    }
    return payload.read((bytes, offset, length) -> says(thread, bytes, offset, length));
  }

  /// Skips all other members, which may be of any size.
  private static boolean says(ThreadId thread, byte[] bytes, int offset, int length) {
    try (var parser = JSON.createParser(bytes, offset, length)) {
      boolean says = false;
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
          boolean isId = parser.currentName().equals("id");
          boolean isText = parser.nextToken() == JsonToken.VALUE_STRING;
          if (isId) {
            says = isText && parser.getString().equalsIgnoreCase(thread.toString());
          }
          parser.skipChildren();
        }
      }
      return says;
    } catch (JacksonException e) {
      return false;
    }
  }

  /// Decodes one line.
  private static final class Decoder {
    private static final JsonFactory JSON = new JsonFactory();

    /// Larger ordinals in lines of other programs are ignored, because the lines that follow need
    /// ordinals, too.
    private static final long MAX_ORDINAL = 1L << 53;

    private final byte[] bytes;
    private final int offset;
    private long ordinal = NO_ORDINAL;
    private @Nullable String id;
    private String timestamp = "";
    private @Nullable String type;
    private @Nullable RawJson payload;
    private @Nullable RawJson metadata;

    private Decoder(byte[] bytes, int offset) {
      this.bytes = bytes;
      this.offset = offset;
    }

    /// @param length of the line without its line feed
    static Optional<RolloutLine> decode(byte[] bytes, int offset, int length) {
      if (Utf8.firstMisleading(bytes, offset, offset + length) < offset + length) {
        return Optional.empty();
      }
      try (var parser = JSON.createParser(ObjectReadContext.empty(), bytes, offset, length)) {
        return new Decoder(bytes, offset).object(parser, length);
      } catch (JacksonException e) {
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
      boolean numbered = ordinal != NO_ORDINAL;
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
              : NO_ORDINAL;
      parser.skipChildren();
      return value >= 0 && value <= MAX_ORDINAL ? value : NO_ORDINAL;
    }
  }
}
