package dev.rollbook.event;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.rollbook.event.Event.Gap;
import dev.rollbook.event.Event.ItemsAppended;
import dev.rollbook.event.Event.ThreadReverted;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/// Encodes events as server-sent events: blocks of lines that end with an empty line.
///
/// The `id:` of an event is its ordinal. An event without an ordinal has no `id:`. So a client that
/// reconnects sends the last ordinal that it received, in the header `Last-Event-ID`. After a
/// revert by Codex, `id:` is set back to the last ordinal that remains.
///
/// Items that are not persisted have no `id:` either, nor has the gap of pending items. The client
/// gets their ordinals again: as items if they were written meanwhile, also those that the next
/// owner of the thread has written instead, else as a gap.
public final class SseEncoder {

  /// Writes the members of an event in the order of its components.
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY).build();

  private static final byte[] ITEM_END = bytes("}\n\n");

  private SseEncoder() {}

  /// The beginning of every stream.
  ///
  /// @param lastOrdinal sent as an id, so that a client that reconnects before the first event
  ///   loses nothing; null if the client sent it
  public static byte[] opening(@Nullable Long lastOrdinal) {
    return bytes(": rollbook\nretry: 2000\n" + (lastOrdinal == null ? "" : id(lastOrdinal)) + "\n");
  }

  /// A comment that keeps an idle connection open.
  public static byte[] heartbeat() {
    return bytes(": still here\n\n");
  }

  /// Sent to a client that fell too far behind, with the last ordinal that it got.
  ///
  /// @param thread null for the stream of all threads, which has no ordinals
  public static byte[] lagged(@Nullable ThreadId thread, @Nullable Long lastOrdinal) {
    return block("stream/lagged", "", new Lagged(thread, lastOrdinal));
  }

  /// Sent to a client whose credential has expired, with the last ordinal that it got.
  ///
  /// @param thread null for the stream of all threads, which has no ordinals
  public static byte[] credentialExpired(@Nullable ThreadId thread, @Nullable Long lastOrdinal) {
    return block("stream/ended", "", new Ended(thread, lastOrdinal, "credential_expired"));
  }

  private record Ended(@Nullable ThreadId threadId, @Nullable Long lastOrdinal, String reason) {}

  private record Lagged(@Nullable ThreadId threadId, @Nullable Long lastOrdinal) {}

  /// @param at time of the event; null if unknown
  static byte[] of(Event event, @Nullable Instant at) {
    var name = event.wireName();
    var timed = new Timed(event, at == null ? null : Timestamps.format(at));
    return switch (event) {
      case ItemsAppended items -> items(items);
      case Gap gap -> block(name, gap.pending() ? "" : id(gap.lastOrdinal()), gap);
      case ThreadReverted reverted -> block(name, id(reverted.lastOrdinal()), timed);
      default -> block(name, "", timed);
    };
  }

  private record Timed(@JsonUnwrapped Event event, @Nullable String at) {}

  /// Into one array of the exact size, as items may be large.
  private static byte[] items(ItemsAppended items) {
    var outcome = outcome(items);
    var heads = new ArrayList<byte[]>();
    int size = 0;
    long ordinal = items.firstOrdinal();
    for (var line : items.lines()) {
      var head =
          bytes(
              "%sevent: item/appended\ndata: {\"threadId\":\"%s\",\"ordinal\":%d,%s,\"item\":"
                  .formatted(
                      items.persisted() ? id(ordinal) : "", items.thread(), ordinal, outcome));
      heads.add(head);
      size += head.length + line.length() + ITEM_END.length;
      ordinal++;
    }
    var text = new byte[size];
    int at = 0;
    for (int i = 0; i < heads.size(); i++) {
      at = put(heads.get(i), text, at);
      at = items.lines().get(i).copyTo(text, at);
      at = put(ITEM_END, text, at);
    }
    return text;
  }

  private static int put(byte[] part, byte[] text, int at) {
    System.arraycopy(part, 0, text, at, part.length);
    return at + part.length;
  }

  private static String outcome(ItemsAppended items) {
    return items.reason() == null
        ? "\"persisted\":" + items.persisted()
        : "\"persisted\":%b,\"reason\":\"%s\",\"gapId\":%s"
            .formatted(
                items.persisted(),
                items.reason().wireName(),
                items.gapId() == null ? "null" : "\"" + items.gapId() + "\"");
  }

  private static byte[] block(String event, String id, Object data) {
    return bytes("%sevent: %s\ndata: %s\n\n".formatted(id, event, JSON.writeValueAsString(data)));
  }

  private static String id(long ordinal) {
    return "id: " + ordinal + "\n";
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
