package dev.rollbook.projection;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.rollout.RolloutReader;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The turns of a thread, as far as they tell which lines of a fork are copies: their ids as Codex
/// wrote them and, where an old Codex wrote none, what a person said at their start.
public final class ParentHistory {
  private final Set<String> turns = new HashSet<>();
  private final List<Said> said = new ArrayList<>();
  private boolean framed;

  private ParentHistory() {}

  /// Finds the history of a thread, if the thread is here.
  public interface Finder {
    /// Finds nothing, for rollouts that say themselves what they have from others.
    Finder NONE = thread -> Optional.empty();

    Optional<ParentHistory> find(ThreadId thread);
  }

  /// @param at the epoch where the line does not say
  private record Said(long digest, Instant at) {}

  public static ParentHistory read(RolloutReader reader) throws IOException {
    var history = new ParentHistory();
    for (var line = reader.next(); line != null; line = reader.next()) {
      if (line.type().equals(ItemTypes.EVENT)) {
        history.event(Payload.read(line.payload()), line.timestamp());
      }
    }
    return history;
  }

  boolean hasTurn(String name) {
    return turns.contains(name);
  }

  /// Whether a person said this at the start of an unframed turn.
  ///
  /// @param index of the turn, from 0
  /// @param before what was said later cannot have been copied
  boolean said(int index, String message, Instant before) {
    if (index >= said.size()) {
      return false;
    }
    var here = said.get(index);
    return here.digest == digest(message) && !here.at.isAfter(before);
  }

  private void event(JsonNode event, String time) {
    if (TurnMarker.isStart(event)) {
      framed = true;
      var name = Payload.text(event, TurnMarker.TURN_ID);
      if (name != null) {
        turns.add(name);
      }
      return;
    }
    var message = framed ? null : userMessage(event);
    if (message != null) {
      said.add(new Said(digest(message), Timestamps.parse(time, Instant.EPOCH)));
    }
  }

  /// What a person typed, in the words of an old Codex; null for any other event.
  static @Nullable String userMessage(JsonNode event) {
    return ItemTypes.USER_MESSAGE.equals(Payload.text(event, "type"))
        ? event.path("message").asString("")
        : null;
  }

  private static long digest(String text) {
    return (long) text.length() << Integer.SIZE | Integer.toUnsignedLong(text.hashCode());
  }
}
