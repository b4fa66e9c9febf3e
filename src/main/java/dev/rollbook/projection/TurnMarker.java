package dev.rollbook.projection;

import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.RawJson;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Writes and reads turn markers: the lines where a turn begins or ends. Rollbook writes them in
/// the format of Codex. It reads its own markers and those of Codex.
public final class TurnMarker {
  static final String STARTED = "task_started";
  static final String COMPLETE = "task_complete";
  static final String ABORTED = "turn_aborted";

  /// Start of a turn in newer versions of Codex.
  static final String TURN_STARTED = "turn_started";

  static final String TURN_COMPLETE = "turn_complete";
  static final String TURN_ID = "turn_id";
  static final String LAST_AGENT_MESSAGE = "last_agent_message";

  /// Member that marks a marker as Rollbook's own, because items that a client sends may look the
  /// same.
  static final String ORIGINATOR = "originator";

  /// Status of the turn, in Rollbook's own markers only. Those of Codex either have an error or
  /// not.
  static final String STATUS = "status";

  private TurnMarker() {}

  /// Whether the line is the marker with which Rollbook itself begins a turn.
  public static boolean isOwnStart(RolloutLine line) {
    return own(line).filter(Started.class::isInstance).isPresent();
  }

  static boolean isStart(JsonNode payload) {
    var type = PayloadJson.text(payload, "type");
    return STARTED.equals(type) || TURN_STARTED.equals(type);
  }

  static boolean isOwn(JsonNode payload) {
    return SessionMeta.ORIGINATOR.equals(PayloadJson.text(payload, ORIGINATOR));
  }

  static Optional<TurnId> turnId(JsonNode payload) {
    return parse(PayloadJson.text(payload, TURN_ID));
  }

  static Optional<TurnId> parse(@Nullable String text) {
    try {
      return text == null ? Optional.empty() : Optional.of(TurnId.parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  static TurnStatus completion(RawJson raw, JsonNode payload) {
    var said = PayloadJson.text(payload, STATUS);
    boolean failed = said == null ? error(raw) != null : said.equals(TurnStatus.FAILED.wireName());
    return failed ? TurnStatus.FAILED : TurnStatus.COMPLETED;
  }

  static @Nullable RawJson error(RawJson payload) {
    return PayloadJson.raw(payload, "error");
  }

  static @Nullable RawJson usage(RawJson payload) {
    return PayloadJson.raw(payload, "usage");
  }

  /// A marker that Rollbook itself wrote.
  public sealed interface Own {
    TurnId turn();
  }

  public record Started(TurnId turn) implements Own {}

  public record Ended(
      TurnId turn, TurnStatus status, @Nullable RawJson error, @Nullable RawJson usage)
      implements Own {}

  /// Reads a marker of Rollbook's own, so that a replay of the history publishes the events that
  /// live subscribers received; empty for any other line.
  public static Optional<Own> own(RolloutLine line) {
    // Fast path: other events need not be parsed.
    if (!line.type().equals(ItemTypes.EVENT)
        || !line.payload().contains("\"" + SessionMeta.ORIGINATOR + "\"")) {
      return Optional.empty();
    }
    var payload = PayloadJson.read(line.payload());
    return isOwn(payload)
        ? turnId(payload).map(turn -> own(turn, line, payload))
        : Optional.empty();
  }

  private static @Nullable Own own(TurnId turn, RolloutLine line, JsonNode payload) {
    var type = PayloadJson.text(payload, "type");
    return switch (type == null ? "" : type) {
      case STARTED -> new Started(turn);
      case COMPLETE -> ended(turn, completion(line.payload(), payload), line);
      case ABORTED -> ended(turn, TurnStatus.INTERRUPTED, line);
      default -> null;
    };
  }

  private static Ended ended(TurnId turn, TurnStatus status, RolloutLine line) {
    return new Ended(turn, status, error(line.payload()), usage(line.payload()));
  }

  /// `/review` begins its turn with this event, and with no marker.
  static boolean isReviewEntered(JsonNode event) {
    var type = PayloadJson.text(event, "type");
    var item = PayloadJson.text(event.path("item"), "type");
    return event.has(TURN_ID)
        && ("entered_review_mode".equals(type)
            || (ItemTypes.ITEM_COMPLETED.equals(type) && "EnteredReviewMode".equals(item)));
  }

  /// An error event as the error of its turn, in the form that newer versions put in the marker.
  static RawJson errorOfEvent(RawJson event) {
    return new PayloadJson()
        .with("message", PayloadJson.raw(event, "message"))
        .with("codex_error_info", PayloadJson.raw(event, "codex_error_info"))
        .build();
  }

  public static RolloutItem started(TurnId turn, Instant at, @Nullable RawJson metadata) {
    return ItemTypes.event(
        at,
        PayloadJson.ofType(STARTED)
            .with(TURN_ID, turn.toString())
            .with("started_at", at.getEpochSecond())
            .with("metadata", metadata)
            .with(ORIGINATOR, SessionMeta.ORIGINATOR)
            .build());
  }

  /// The message of a user: one item for the context of the model, one event for the screen.
  public static List<RolloutItem> userMessage(String text) {
    var event = PayloadJson.ofType("user_message");
    var part = RawJson.of("[" + PayloadJson.ofType("input_text").with("text", text).build() + "]");
    var none = RawJson.of("[]");
    return List.of(
        RolloutItem.of(
            ItemTypes.RESPONSE_ITEM,
            PayloadJson.ofType("message").with("role", "user").with("content", part).build()),
        ItemTypes.event(
            event
                .with("message", text)
                .with("images", none)
                .with("local_images", none)
                .with("text_elements", none)
                .build()));
  }

  public static RolloutItem ended(TurnId turn, Instant startedAt, Instant at, TurnResult end) {
    boolean aborted = end.status() == TurnStatus.INTERRUPTED;
    var payload = PayloadJson.ofType(aborted ? ABORTED : COMPLETE);
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
