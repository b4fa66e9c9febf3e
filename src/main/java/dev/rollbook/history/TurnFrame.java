package dev.rollbook.history;

import dev.rollbook.model.RawJson;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.rollout.RolloutLine;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The items that Rollbook itself writes around those of a turn, in the words of Codex.
public final class TurnFrame {
  static final String STARTED = "task_started";
  static final String COMPLETE = "task_complete";
  static final String ABORTED = "turn_aborted";
  static final String TURN_ID = "turn_id";
  static final String LAST_AGENT_MESSAGE = "last_agent_message";

  /// Marks a frame as Rollbook's own: items that a client sends may look the same.
  static final String ORIGINATOR = "originator";

  /// Says in Rollbook's own frames what Codex tells by the presence of an error alone.
  static final String STATUS = "status";

  private TurnFrame() {}

  /// Whether a turn begins with this line that is not Rollbook's own.
  public static boolean isBegunByOthers(RolloutLine line) {
    if (!line.type().equals(ItemTypes.EVENT)) {
      return false;
    }
    var payload = Payload.read(line.payload());
    return isStart(payload) && !isOwn(payload);
  }

  static boolean isStart(JsonNode payload) {
    var type = Payload.text(payload, "type");
    return STARTED.equals(type) || CodexEvents.TURN_STARTED.equals(type);
  }

  static boolean isOwn(JsonNode payload) {
    return SessionMeta.ORIGINATOR.equals(Payload.text(payload, ORIGINATOR));
  }

  static Optional<TurnId> turnId(JsonNode payload) {
    return parse(Payload.text(payload, TURN_ID));
  }

  static Optional<TurnId> parse(@Nullable String text) {
    try {
      return text == null ? Optional.empty() : Optional.of(TurnId.parse(text));
    } catch (IllegalArgumentException notAnId) {
      return Optional.empty();
    }
  }

  static TurnStatus completion(RawJson raw, JsonNode payload) {
    var said = Payload.text(payload, STATUS);
    boolean failed = said == null ? error(raw) != null : said.equals(TurnStatus.FAILED.wireName());
    return failed ? TurnStatus.FAILED : TurnStatus.COMPLETED;
  }

  static @Nullable RawJson error(RawJson payload) {
    return Payload.raw(payload, "error");
  }

  static @Nullable RawJson usage(RawJson payload) {
    return Payload.raw(payload, "usage");
  }

  public static RolloutItem started(TurnId turn, Instant at, @Nullable RawJson metadata) {
    try (var payload = Payload.ofType(STARTED)) {
      return ItemTypes.event(
          at,
          payload
              .with(TURN_ID, turn.toString())
              .with("started_at", at.getEpochSecond())
              .with("metadata", metadata)
              .with(ORIGINATOR, SessionMeta.ORIGINATOR)
              .build());
    }
  }

  /// What a person typed: once for the model's context, once for the screen.
  public static List<RolloutItem> userMessage(String text) {
    try (var content = Payload.ofType("input_text");
        var message = Payload.ofType("message");
        var event = Payload.ofType("user_message")) {
      var part = RawJson.of("[" + content.with("text", text).build() + "]");
      var none = RawJson.of("[]");
      return List.of(
          RolloutItem.of(
              ItemTypes.RESPONSE_ITEM, message.with("role", "user").with("content", part).build()),
          ItemTypes.event(
              event
                  .with("message", text)
                  .with("images", none)
                  .with("local_images", none)
                  .with("text_elements", none)
                  .build()));
    }
  }

  public static RolloutItem ended(TurnId turn, Instant startedAt, Instant at, TurnEnd end) {
    boolean aborted = end.status() == TurnStatus.INTERRUPTED;
    try (var payload = Payload.ofType(aborted ? ABORTED : COMPLETE)) {
      payload.with(TURN_ID, turn.toString());
      if (aborted) {
        payload.with("reason", "interrupted");
      } else {
        payload.withNullable(LAST_AGENT_MESSAGE, end.lastAgentMessage());
      }
      return ItemTypes.event(
          at,
          payload
              .with(STATUS, end.status().wireName())
              .with("error", end.error())
              .with("usage", end.usage())
              .with("started_at", startedAt.getEpochSecond())
              .with("completed_at", at.getEpochSecond())
              .with("duration_ms", Math.max(0, Duration.between(startedAt, at).toMillis()))
              .with(ORIGINATOR, SessionMeta.ORIGINATOR)
              .build());
    }
  }
}
