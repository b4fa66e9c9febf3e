package dev.rollbook.event;

import dev.rollbook.event.Event.Archived;
import dev.rollbook.event.Event.Gap;
import dev.rollbook.event.Event.ItemsAppended;
import dev.rollbook.event.Event.NameUpdated;
import dev.rollbook.event.Event.PersistenceRepaired;
import dev.rollbook.event.Event.PersistenceSkipped;
import dev.rollbook.event.Event.ResumeFailed;
import dev.rollbook.event.Event.ThreadClosed;
import dev.rollbook.event.Event.ThreadDeleted;
import dev.rollbook.event.Event.ThreadResumed;
import dev.rollbook.event.Event.ThreadReverted;
import dev.rollbook.event.Event.ThreadStarted;
import dev.rollbook.event.Event.TurnCompleted;
import dev.rollbook.event.Event.TurnStarted;
import dev.rollbook.event.Event.Unarchived;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

/// Encodes events as server-sent events: blocks of lines that end with an empty line.
///
/// Events with an ordinal have it as `id:`; others have no id, so that a client that reconnects
/// sends the last ordinal that it got, or the last one that a revert has left.
public final class SseEncoder {
  private static final JsonMapper JSON = JsonMapper.shared();
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
    return block(
        "stream/lagged",
        "",
        object(data -> data.text("threadId", thread).number("lastOrdinal", lastOrdinal)));
  }

  /// @param at time of the event; null if unknown
  static byte[] of(Event event, @Nullable Instant at) {
    return switch (event) {
      case ItemsAppended items -> items(items);
      case Event.Gap gap -> block(gap.wireName(), id(gap.lastOrdinal()), data(gap, at));
      case Event.ThreadReverted reverted ->
          block(reverted.wireName(), id(reverted.lastOrdinal()), data(reverted, at));
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
          block(event.wireName(), "", data(event, at));
    };
  }

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

  private static RawJson data(Event event, @Nullable Instant at) {
    return object(data -> {
      data.text("threadId", event.thread()).members(event);
      if (!event.isDetail()) {
        data.text("at", at == null ? null : Timestamps.format(at));
      }
    });
  }

  private interface Members {
    void write(DataWriter data);
  }

  private static RawJson object(Members members) {
    var bytes = new ByteArrayOutputStream(256);
    try (var json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      members.write(new DataWriter(json));
      json.writeEndObject();
    }
    return RawJson.of(bytes.toByteArray());
  }

  /// Writes the members of the `data:` of an event. Items are not written but copied as bytes.
  private static final class DataWriter {
    private final JsonGenerator json;

    private DataWriter(JsonGenerator json) {
      this.json = json;
    }

    private void members(Event event) {
      switch (event) {
        case Gap e ->
            text("gapId", e.gapId())
                .text("turnId", e.turnId())
                .range(e.firstOrdinal(), e.lastOrdinal())
                .text("reason", e.reason());
        case TurnStarted e -> text("turnId", e.turn());
        case TurnCompleted e ->
            text("turnId", e.turn())
                .text("status", e.status().wireName())
                .raw("error", e.error())
                .raw("usage", e.usage());
        case ResumeFailed e ->
            text("requestedId", e.requested())
                .text("reason", e.reason().wireName())
                .text("message", e.message());
        case NameUpdated e -> text("name", e.name());
        case ThreadClosed e -> text("how", e.how().name().toLowerCase(Locale.ROOT));
        case PersistenceSkipped e -> skipped(e);
        case PersistenceRepaired e ->
            text("gapId", e.gapId()).range(e.firstOrdinal(), e.lastOrdinal());
        case ItemsAppended e -> range(e.firstOrdinal(), e.firstOrdinal() + e.lines().size() - 1);
        case ThreadStarted e -> {}
        case ThreadResumed e -> {}
        case ThreadDeleted e -> {}
        case ThreadReverted e -> number("lastOrdinal", e.lastOrdinal());
        case Archived e -> {}
        case Unarchived e -> {}
      }
    }

    private void skipped(PersistenceSkipped e) {
      text("turnId", e.turn())
          .range(e.firstOrdinal(), e.lastOrdinal())
          .text("reason", e.reason().wireName())
          .text("message", e.message())
          .text("gapId", e.gapId());
      json.writeBooleanProperty("pending", e.pending());
    }

    private DataWriter range(long first, long last) {
      return number("firstOrdinal", first).number("lastOrdinal", last);
    }

    /// Ids have their text as `toString`.
    private DataWriter text(String name, @Nullable Object value) {
      if (value == null) {
        json.writeNullProperty(name);
      } else {
        json.writeStringProperty(name, value.toString());
      }
      return this;
    }

    private DataWriter number(String name, @Nullable Long value) {
      if (value == null) {
        json.writeNullProperty(name);
      } else {
        json.writeNumberProperty(name, value);
      }
      return this;
    }

    private DataWriter raw(String name, @Nullable RawJson value) {
      json.writeName(name);
      json.writeRawValue(value == null ? "null" : value.toString());
      return this;
    }
  }
}
