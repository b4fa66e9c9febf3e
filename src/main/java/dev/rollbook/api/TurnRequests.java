package dev.rollbook.api;

import dev.rollbook.history.TurnEnd;
import dev.rollbook.history.TurnFrame;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.turn.NewTurn;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The bodies of calls on turns.
final class TurnRequests {
  private TurnRequests() {}

  /// @param expectedOrdinal that the first item is to get; null for any
  record AppendRequest(List<RolloutItem> items, @Nullable Long expectedOrdinal) {}

  static AppendRequest append(JsonBody body) {
    var members = new AppendMembers();
    body.object(name -> members.member(name, body));
    if (members.items == null) {
      throw body.wrong("items is missing");
    }
    return new AppendRequest(members.items, members.expectedOrdinal);
  }

  static NewTurn start(JsonBody body) {
    var members = new StartMembers();
    body.object(name -> members.member(name, body));
    return new NewTurn(members.id, members.input, members.metadata);
  }

  static TurnEnd end(JsonBody body, TurnStatus status) {
    var members = new EndMembers();
    body.object(name -> members.member(name, body));
    return new TurnEnd(status, members.error, members.usage, members.lastAgentMessage);
  }

  /// The members of an append as they come.
  private static final class AppendMembers {
    private @Nullable List<RolloutItem> items;
    private @Nullable Long expectedOrdinal;

    void member(String name, JsonBody body) {
      switch (name) {
        case "items" -> items = body.items();
        case "expectedOrdinal" -> expectedOrdinal = body.ordinal();
        default -> throw body.unknown();
      }
    }
  }

  /// The members of a start as they come.
  private static final class StartMembers {
    private @Nullable TurnId id;
    private List<RolloutItem> input = List.of();
    private @Nullable RawJson metadata;

    void member(String name, JsonBody body) {
      switch (name) {
        case "id" -> id = body.parsed(TurnId::parse);
        case "input" -> input = input(body);
        case "metadata" -> metadata = body.rawObject(ThreadRequests.LONGEST_METADATA);
        default -> throw body.unknown();
      }
    }

    private static List<RolloutItem> input(JsonBody body) {
      if (body.isNull()) {
        return List.of();
      }
      var text = body.isText() ? body.longText() : null;
      return text == null ? body.items() : TurnFrame.userMessage(text);
    }
  }

  /// The members of an end as they come.
  private static final class EndMembers {
    private @Nullable RawJson error;
    private @Nullable RawJson usage;
    private @Nullable String lastAgentMessage;

    void member(String name, JsonBody body) {
      switch (name) {
        case "error" -> error = body.rawOrNull();
        case "usage" -> usage = body.rawOrNull();
        case "lastAgentMessage" -> lastAgentMessage = body.longText();
        default -> throw body.unknown();
      }
    }
  }
}
