package dev.rollbook.history;

import dev.rollbook.model.RawJson;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.rollout.RolloutLine;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A line with which Rollbook itself began or ended a turn, for those who read a history line by
/// line and want to hear of its turns as those did who were there.
public sealed interface OwnFrame {
  TurnId turn();

  record Started(TurnId turn) implements OwnFrame {}

  record Ended(TurnId turn, TurnStatus status, @Nullable RawJson error, @Nullable RawJson usage)
      implements OwnFrame {}

  static Optional<OwnFrame> of(RolloutLine line) {
    if (!line.type().equals(ItemTypes.EVENT) || !mayBeOwn(line.payload())) {
      return Optional.empty();
    }
    var payload = Payload.read(line.payload());
    return TurnFrame.isOwn(payload)
        ? TurnFrame.turnId(payload).map(turn -> frame(turn, line, payload))
        : Optional.empty();
  }

  private static @Nullable OwnFrame frame(TurnId turn, RolloutLine line, JsonNode payload) {
    var type = Payload.text(payload, "type");
    return switch (type == null ? "" : type) {
      case TurnFrame.STARTED -> new Started(turn);
      case TurnFrame.COMPLETE -> ended(turn, TurnFrame.completion(line.payload(), payload), line);
      case TurnFrame.ABORTED -> ended(turn, TurnStatus.INTERRUPTED, line);
      default -> null;
    };
  }

  private static Ended ended(TurnId turn, TurnStatus status, RolloutLine line) {
    return new Ended(
        turn, status, TurnFrame.error(line.payload()), TurnFrame.usage(line.payload()));
  }

  /// Spares all other events from being taken apart.
  private static boolean mayBeOwn(RawJson payload) {
    return payload.contains("\"" + SessionMeta.ORIGINATOR + "\"");
  }
}
