package dev.rollbook.projection;

import dev.rollbook.model.TurnId;
import dev.rollbook.rollout.line.RolloutLine;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads a history line by line for what people can look for, and knows at each line in which turn
/// it is. It can be left at any line and gone on with later.
public final class Transcript {
  private Place place;

  public Transcript(Place from) {
    this.place = from;
  }

  /// Where between turns a line stands.
  ///
  /// @param turn whose frame is open; null for none
  /// @param own whether the frame is Rollbook's
  /// @param outer a turn of Codex's that gave way to it and may go on; null for none
  public record Place(@Nullable TurnId turn, boolean own, @Nullable TurnId outer) {
    public static final Place START = new Place(null, false, null);

    private Place begin(TurnId next, boolean ownFrame) {
      return new Place(next, ownFrame, own ? null : turn);
    }
  }

  /// One line, and the turn that it belongs to.
  ///
  /// @param passage null where there is nothing to read
  public record Read(@Nullable TurnId turn, @Nullable Passage passage) {}

  public Read read(RolloutLine line) {
    if (Passage.isSilent(line.type())) {
      return new Read(place.turn(), null);
    }
    var payload = Payload.read(line.payload());
    return line.type().equals(ItemTypes.EVENT)
        ? event(payload)
        : new Read(place.turn(), passage(line.type(), payload));
  }

  /// Where the next line stands.
  public Place place() {
    return place;
  }

  /// The line that opens a frame is in it, and so is the one that closes it.
  private Read event(JsonNode payload) {
    var kind = Payload.text(payload, "type");
    boolean own = TurnMarker.isOwn(payload);
    var turn = TurnMarker.turnId(payload).orElse(null);
    boolean itemOfOwnTurn = place.own() && !own;
    if (turn != null && !itemOfOwnTurn) {
      if (TurnMarker.STARTED.equals(kind) || TurnMarker.isReviewEntered(payload)) {
        place = turn.equals(place.turn()) ? place : place.begin(turn, own);
      } else if (turn.equals(place.outer())) {
        place = new Place(turn, false, null);
      }
    }
    var read = new Read(place.turn(), passage(ItemTypes.EVENT, payload));
    boolean ends = TurnMarker.COMPLETE.equals(kind) || TurnMarker.ABORTED.equals(kind);
    if (turn != null && ends && !itemOfOwnTurn) {
      place = turn.equals(place.turn()) ? new Place(null, false, place.outer()) : Place.START;
    }
    return read;
  }

  private static @Nullable Passage passage(String type, JsonNode payload) {
    var stream = AgentStream.of(type);
    if (stream != null) {
      return stream.passage(payload);
    }
    var kind = Payload.text(payload, "type");
    var text = Passage.isSilent(kind) ? "" : Passage.textOf(payload);
    return text.isEmpty() ? null : new Passage(kind, role(type, kind, payload), text);
  }

  private static @Nullable String role(String type, @Nullable String kind, JsonNode payload) {
    var said = Payload.text(payload, "role");
    if (said != null || !type.equals(ItemTypes.EVENT) || kind == null) {
      return said;
    }
    var speaker =
        kind.equals(ItemTypes.ITEM_COMPLETED) ? Payload.text(payload.path("item"), "type") : kind;
    return switch (speaker == null ? "" : speaker) {
      case "user_message", "UserMessage" -> "user";
      case "agent_message", "AgentMessage" -> "assistant";
      default -> null;
    };
  }
}
