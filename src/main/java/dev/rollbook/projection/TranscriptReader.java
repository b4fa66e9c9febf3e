package dev.rollbook.projection;

import dev.rollbook.model.TurnId;
import dev.rollbook.rollout.line.RolloutLine;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads a history line by line. For each line it returns the readable text, and the turn that the
/// line belongs to. Reading can stop after any line, and continue later from the [TurnPosition].
public final class TranscriptReader {
  private TurnPosition position;

  public TranscriptReader(TurnPosition from) {
    this.position = from;
  }

  /// Position between two lines: the turns that are open there.
  ///
  /// @param turn the open turn; null for none
  /// @param own whether Rollbook began it
  /// @param outer turn of Codex that was interrupted by `turn` and may continue; null for none
  public record TurnPosition(@Nullable TurnId turn, boolean own, @Nullable TurnId outer) {
    public static final TurnPosition START = new TurnPosition(null, false, null);

    private TurnPosition begin(TurnId next, boolean ownFrame) {
      return new TurnPosition(next, ownFrame, own ? null : turn);
    }
  }

  /// A line: its turn and its text.
  ///
  /// @param passage null for a line without text
  public record TranscriptLine(@Nullable TurnId turn, @Nullable SearchableText passage) {}

  public TranscriptLine read(RolloutLine line) {
    if (SearchableText.isSilent(line.type())) {
      return new TranscriptLine(position.turn(), null);
    }
    var payload = PayloadJson.read(line.payload());
    return line.type().equals(ItemTypes.EVENT)
        ? event(payload)
        : new TranscriptLine(position.turn(), passage(line.type(), payload));
  }

  /// Position of the next line.
  public TurnPosition position() {
    return position;
  }

  /// The markers of a turn belong to it.
  private TranscriptLine event(JsonNode payload) {
    var kind = PayloadJson.text(payload, "type");
    boolean own = TurnMarker.isOwn(payload);
    var turn = TurnMarker.turnId(payload).orElse(null);
    boolean itemOfOwnTurn = position.own() && !own;
    if (turn != null && !itemOfOwnTurn) {
      if (TurnMarker.STARTED.equals(kind) || TurnMarker.isReviewEntered(payload)) {
        position = turn.equals(position.turn()) ? position : position.begin(turn, own);
      } else if (turn.equals(position.outer())) {
        position = new TurnPosition(turn, false, null);
      }
    }
    var read = new TranscriptLine(position.turn(), passage(ItemTypes.EVENT, payload));
    boolean ends = TurnMarker.COMPLETE.equals(kind) || TurnMarker.ABORTED.equals(kind);
    if (turn != null && ends && !itemOfOwnTurn) {
      position =
          turn.equals(position.turn())
              ? new TurnPosition(null, false, position.outer())
              : TurnPosition.START;
    }
    return read;
  }

  private static @Nullable SearchableText passage(String type, JsonNode payload) {
    var stream = AgentStream.of(type);
    if (stream != null) {
      return stream.passage(payload);
    }
    var kind = PayloadJson.text(payload, "type");
    var text = SearchableText.isSilent(kind) ? "" : SearchableText.textOf(payload);
    return text.isEmpty() ? null : new SearchableText(kind, role(type, kind, payload), text);
  }

  private static @Nullable String role(String type, @Nullable String kind, JsonNode payload) {
    var said = PayloadJson.text(payload, "role");
    if (said != null || !type.equals(ItemTypes.EVENT) || kind == null) {
      return said;
    }
    var speaker =
        kind.equals(ItemTypes.ITEM_COMPLETED)
            ? PayloadJson.text(payload.path("item"), "type")
            : kind;
    return switch (speaker == null ? "" : speaker) {
      case "user_message", "UserMessage" -> "user";
      case "agent_message", "AgentMessage" -> "assistant";
      default -> null;
    };
  }
}
