package dev.rollbook.api.turns;

import dev.rollbook.api.json.BodyMapper;
import dev.rollbook.api.json.BodyMapper.Max;
import dev.rollbook.api.json.JsonBody;
import dev.rollbook.api.threads.ThreadRequests;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.projection.TurnResult;
import dev.rollbook.text.RawJson;
import dev.rollbook.turn.NewTurn;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.annotation.JsonDeserialize;

/// Request bodies of calls on turns.
public final class TurnRequests {
  private TurnRequests() {}

  /// @param expectedOrdinal required ordinal of the first item; null for any
  public record AppendRequest(List<RolloutItem> items, @Nullable Long expectedOrdinal) {
    @SuppressWarnings("ConstantValue") // Missing members are null.
    public AppendRequest {
      if (items == null) {
        throw new InvalidRequest("", "items is missing");
      }
    }
  }

  public record StartTurnRequest(
      @Nullable TurnId id,
      @Nullable TurnInput input,
      @Max(ThreadRequests.MAX_METADATA_BYTES) @Nullable RawJson metadata) {

    public NewTurn turn() {
      return new NewTurn(id, input == null ? List.of() : input.items(), metadata);
    }
  }

  /// Items, or the text of a message.
  @JsonDeserialize(using = TurnInput.Deserializer.class)
  public record TurnInput(List<RolloutItem> items) {
    static final class Deserializer extends BodyMapper.MemberDeserializer<TurnInput> {
      Deserializer() {
        super(TurnInput::read);
      }
    }

    private static @Nullable TurnInput read(JsonBody body) {
      if (body.isNull()) {
        return null;
      }
      var text = body.isText() ? body.longText() : null;
      return new TurnInput(text == null ? body.items() : TurnMarker.userMessage(text));
    }
  }

  public record EndTurnRequest(
      @Nullable RawJson error, @Nullable RawJson usage, @Nullable String lastAgentMessage) {

    public TurnResult end(TurnStatus status) {
      return new TurnResult(status, error, usage, lastAgentMessage);
    }
  }
}
