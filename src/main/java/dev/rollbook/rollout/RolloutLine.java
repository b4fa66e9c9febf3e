package dev.rollbook.rollout;

import dev.rollbook.model.RawJson;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/// One line of a rollout, taken apart but not interpreted.
///
/// @param ordinal the place in the thread: what the line states, or the next one where it states
///   none, or one that is not greater than its predecessor's
/// @param numbered whether the line itself states that ordinal
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

  /// Takes a line apart; empty where it is no JSON object with a `type` and a `payload`.
  ///
  /// @param length of the line without its line feed
  public static Optional<RolloutLine> parse(byte[] bytes, int offset, int length) {
    return LineDecoder.decode(bytes, offset, length);
  }

  /// The line with the place that its predecessor leaves to it.
  ///
  /// The ordinal that it states counts if it is greater than its predecessor's. Else the line gets
  /// the next one: no two lines of a thread share an ordinal, whatever others wrote.
  public RolloutLine after(long previous) {
    return numbered && ordinal > previous
        ? this
        : new RolloutLine(previous + 1, false, id, timestamp, type, payload, metadata, bytes);
  }

  /// The line with its ordinal, also where it says none, or one that is another line's.
  public RawJson numberedBytes() {
    return numbered
        ? bytes
        : RawJson.of(Renumbering.of(bytes.toByteArray(), ordinal).toByteArray());
  }

  /// The same line at another place.
  public RolloutLine at(long place) {
    return new RolloutLine(place, numbered, id, timestamp, type, payload, metadata, bytes);
  }

  /// The same line, stating its ordinal.
  public RolloutLine stated() {
    return new RolloutLine(ordinal, true, id, timestamp, type, payload, metadata, bytes);
  }

  /// Whether the line is what such an item becomes; a time that the item does not say may be any.
  public boolean holds(RolloutItem item) {
    return Objects.equals(id, item.id())
        && (item.timestamp() == null || timestamp.equals(item.timestamp()))
        && type.equals(item.type())
        && payload.sameBytes(item.payload())
        && RawJson.same(metadata, item.metadata());
  }

  /// Whether it says, as the first line of a rollout, that the rollout is the thread's.
  public boolean isMetaOf(ThreadId thread) {
    if (!type.equals(SESSION_META)) {
      return false;
    }
    return payload.read((bytes, offset, length) -> says(thread, bytes, offset, length));
  }

  /// Passes by all else, which may be of any size.
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
    } catch (JacksonException unreadable) {
      return false;
    }
  }
}
