package dev.rollbook.history;

import dev.rollbook.model.TurnId;
import dev.rollbook.rollout.RolloutLine;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads a history line by line for what people can look for, and knows at each line in which turn
/// it is. It can be left at any line and gone on with later.
public final class Transcript {
  private static final String COMPLETED_ITEM = "item_completed";

  private Place place;
  private long inheritedThrough = -1;

  public Transcript(Place from) {
    this.place = from;
  }

  /// Where between turns a line stands.
  ///
  /// @param turn whose frame is open; null for none
  /// @param own whether the frame is Rollbook's
  public record Place(@Nullable TurnId turn, boolean own) {
    public static final Place START = new Place(null, false);
  }

  /// One line, and the turn that it belongs to.
  ///
  /// @param passage null where there is nothing to read
  public record Read(@Nullable TurnId turn, @Nullable Passage passage) {}

  public Read read(RolloutLine line) {
    if (line.type().equals(ItemTypes.SESSION_META)) {
      meta(line);
    }
    if (PassageText.isSilent(line.type())) {
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

  /// The last ordinal that a fork has from its parent, as far as was read; -1 for none.
  public long inheritedThrough() {
    return inheritedThrough;
  }

  /// The first one counts, as a file that was forked by copying has its parent's too.
  private void meta(RolloutLine line) {
    if (inheritedThrough < 0 && line.ordinal() >= 0) {
      var through = Payload.read(line.payload()).path(SessionMeta.ORIGINATOR);
      inheritedThrough = through.path("inherited_through").asLong(-1);
    }
  }

  /// The line that opens a frame is in it, and so is the one that closes it.
  private Read event(JsonNode payload) {
    var kind = Payload.text(payload, "type");
    boolean own = TurnFrame.isOwn(payload);
    var turn = TurnFrame.turnId(payload);
    if (TurnFrame.STARTED.equals(kind) && turn.isPresent() && !(place.own() && !own)) {
      place = new Place(turn.get(), own);
    }
    var read = new Read(place.turn(), passage(ItemTypes.EVENT, payload));
    boolean ends = TurnFrame.COMPLETE.equals(kind) || TurnFrame.ABORTED.equals(kind);
    if (ends && turn.equals(Optional.ofNullable(place.turn())) && !(place.own() && !own)) {
      place = Place.START;
    }
    return read;
  }

  private static @Nullable Passage passage(String type, JsonNode payload) {
    var kind = Payload.text(payload, "type");
    var text = PassageText.isSilent(kind) ? "" : PassageText.of(payload);
    return text.isEmpty() ? null : new Passage(kind, role(type, kind, payload), text);
  }

  private static @Nullable String role(String type, @Nullable String kind, JsonNode payload) {
    var said = Payload.text(payload, "role");
    if (said != null || !type.equals(ItemTypes.EVENT) || kind == null) {
      return said;
    }
    var speaker = kind.equals(COMPLETED_ITEM) ? Payload.text(payload.path("item"), "type") : kind;
    return switch (speaker == null ? "" : speaker) {
      case "user_message", "UserMessage" -> "user";
      case "agent_message", "AgentMessage" -> "assistant";
      default -> null;
    };
  }
}
