package dev.rollbook.history;

import dev.rollbook.model.RawJson;
import tools.jackson.databind.JsonNode;

/// What Codex tells of a turn besides the frame that it shares with Rollbook.
final class CodexEvents {
  /// Other words of the same Codex for the frame.
  static final String TURN_STARTED = "turn_started";

  static final String TURN_COMPLETE = "turn_complete";
  static final String USER_MESSAGE = "user_message";
  static final String TOKEN_COUNT = "token_count";
  static final String ERROR = "error";
  static final String ITEM_COMPLETED = "item_completed";

  private CodexEvents() {}

  /// `/review` begins its turn with this, and with no frame.
  static boolean isReviewEntered(JsonNode event) {
    var type = Payload.text(event, "type");
    var item = Payload.text(event.path("item"), "type");
    return event.has(TurnFrame.TURN_ID)
        && ("entered_review_mode".equals(type)
            || (ITEM_COMPLETED.equals(type) && "EnteredReviewMode".equals(item)));
  }

  /// An error event as the error of its turn, in the form that newer versions put in the frame.
  static RawJson error(RawJson event) {
    try (var error = new Payload()) {
      return error
          .with("message", Payload.raw(event, "message"))
          .with("codex_error_info", Payload.raw(event, "codex_error_info"))
          .build();
    }
  }
}
