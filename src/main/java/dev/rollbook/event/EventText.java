package dev.rollbook.event;

import dev.rollbook.event.Event.ItemsAppended;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.ThreadId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// Events as server-sent events, each a block of lines that ends with an empty one.
///
/// What has an ordinal has it as its `id:`; all others have none, so that a client that comes back
/// tells the last ordinal that it got, or the last one that a revert has left.
public final class EventText {
  private static final byte[] ITEM_END = bytes("}\n\n");

  private EventText() {}

  /// Stands at the beginning of every stream.
  ///
  /// @param lastOrdinal that the client is taken to have, so that it loses nothing when it comes
  ///   back before the first event; null where it knows already
  public static byte[] opening(@Nullable Long lastOrdinal) {
    return bytes(": rollbook\nretry: 2000\n" + (lastOrdinal == null ? "" : id(lastOrdinal)) + "\n");
  }

  /// Shows that the connection lives while nothing happens.
  public static byte[] heartbeat() {
    return bytes(": still here\n\n");
  }

  /// Tells a client that fell too far behind the last ordinal that it was sent.
  ///
  /// @param thread null for the stream of all threads, which has no ordinals
  public static byte[] lagged(@Nullable ThreadId thread, @Nullable Long lastOrdinal) {
    return block("stream/lagged", "", EventData.lagged(thread, lastOrdinal));
  }

  /// @param at when it happened; null where that is not known
  static byte[] of(Event event, @Nullable Instant at) {
    return switch (event) {
      case ItemsAppended items -> items(items);
      case Event.Gap gap -> block(gap.wireName(), id(gap.lastOrdinal()), EventData.of(gap, at));
      case Event.ThreadReverted reverted ->
          block(reverted.wireName(), id(reverted.lastOrdinal()), EventData.of(reverted, at));
      case Event.TurnStarted _,
          Event.TurnCompleted _,
          Event.ThreadStarted _,
          Event.ThreadResumed _,
          Event.ResumeFailed _,
          Event.NameUpdated _,
          Event.Archived _,
          Event.Unarchived _,
          Event.ThreadClosed _,
          Event.ThreadDeleted _,
          Event.PersistenceSkipped _,
          Event.PersistenceRepaired _ ->
          block(event.wireName(), "", EventData.of(event, at));
    };
  }

  /// In one array of the right size: an item may be as large as memory allows.
  private static byte[] items(ItemsAppended items) {
    var outcome = outcome(items);
    var heads = new ArrayList<byte[]>();
    int size = 0;
    long ordinal = items.firstOrdinal();
    for (var line : items.lines()) {
      var head =
          bytes(
              "%sevent: item/appended\ndata: {\"threadId\":\"%s\",\"ordinal\":%d,%s,\"item\":"
                  .formatted(id(ordinal), items.thread(), ordinal, outcome));
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

  private static byte[] block(String event, String id, RawJson data) {
    return bytes("%sevent: %s\ndata: %s\n\n".formatted(id, event, data));
  }

  private static String id(long ordinal) {
    return "id: " + ordinal + "\n";
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
