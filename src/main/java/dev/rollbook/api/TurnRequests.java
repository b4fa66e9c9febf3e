package dev.rollbook.api;

import dev.rollbook.api.BodyMapper.Max;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.TurnEnd;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.turn.NewTurn;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The bodies of calls on turns.
final class TurnRequests {
  private TurnRequests() {}

  /// @param expectedOrdinal that the first item is to get; null for any
  record Append(List<RolloutItem> items, @Nullable Long expectedOrdinal) {
    @SuppressWarnings("ConstantValue") // The mapper knows no missing member.
    Append {
      if (items == null) {
        throw new InvalidRequest("", "items is missing");
      }
    }
  }

  record Start(
      @Nullable TurnId id,
      @Nullable Input input,
      @Max(ThreadRequests.LONGEST_METADATA) @Nullable RawJson metadata) {

    NewTurn turn() {
      return new NewTurn(id, input == null ? List.of() : input.items(), metadata);
    }
  }

  /// Sent as items, or as the text of a message.
  record Input(List<RolloutItem> items) {
    static @Nullable Input read(JsonBody body) {
      if (body.isNull()) {
        return null;
      }
      var text = body.isText() ? body.longText() : null;
      return new Input(text == null ? body.items() : TurnMarker.userMessage(text));
    }
  }

  record End(@Nullable RawJson error, @Nullable RawJson usage, @Nullable String lastAgentMessage) {

    TurnEnd end(TurnStatus status) {
      return new TurnEnd(status, error, usage, lastAgentMessage);
    }
  }
}
