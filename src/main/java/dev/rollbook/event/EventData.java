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
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

/// What stands in the `data:` of events, but for items, which go in as their own bytes.
final class EventData {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final JsonGenerator json;

  private EventData(JsonGenerator json) {
    this.json = json;
  }

  static RawJson lagged(@Nullable ThreadId thread, @Nullable Long lastOrdinal) {
    return object(data -> data.text("threadId", thread).number("lastOrdinal", lastOrdinal));
  }

  static RawJson of(Event event, @Nullable Instant at) {
    return object(data -> {
      data.text("threadId", event.thread()).members(event);
      if (!event.isDetail()) {
        data.text("at", at == null ? null : Timestamps.format(at));
      }
    });
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

  private EventData range(long first, long last) {
    return number("firstOrdinal", first).number("lastOrdinal", last);
  }

  /// Ids write themselves as their text.
  private EventData text(String name, @Nullable Object value) {
    if (value == null) {
      json.writeNullProperty(name);
    } else {
      json.writeStringProperty(name, value.toString());
    }
    return this;
  }

  private EventData number(String name, @Nullable Long value) {
    if (value == null) {
      json.writeNullProperty(name);
    } else {
      json.writeNumberProperty(name, value);
    }
    return this;
  }

  private EventData raw(String name, @Nullable RawJson value) {
    json.writeName(name);
    json.writeRawValue(value == null ? "null" : value.toString());
    return this;
  }

  private interface Members {
    void write(EventData data);
  }

  private static RawJson object(Members members) {
    var bytes = new ByteArrayOutputStream(256);
    try (var json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      members.write(new EventData(json));
      json.writeEndObject();
    }
    return RawJson.of(bytes.toByteArray());
  }
}
