package dev.rollbook.projection;

import dev.rollbook.access.Owner;
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

/// Digest of a parent's turns, used to recognise the lines that a fork has copied from the parent.
/// The digest contains the ids of the turns. Old versions of Codex wrote no turn ids: for such a
/// turn, the digest contains the user message that began the turn.
public final class ParentHistory {
  private final Set<String> turns = new HashSet<>();
  private final List<UserMessage> said = new ArrayList<>();
  private boolean hasMarkers;

  private ParentHistory() {}

  /// Finds the history of a thread, if Rollbook has the thread.
  public interface Finder {
    /// Finds nothing; for rollouts that state what they inherit.
    Finder NONE = (thread, child) -> Optional.empty();

    /// @param child owner of the fork; a parent that this owner does not see is not found
    Optional<ParentHistory> find(ThreadId thread, Owner child);
  }

  /// @param at the epoch if the line has no time
  private record UserMessage(long digest, Instant at) {}

  public static ParentHistory read(RolloutReader reader) throws IOException {
    var history = new ParentHistory();
    for (var line = reader.next(); line != null; line = reader.next()) {
      if (line.type().equals(ItemTypes.EVENT)) {
        history.event(PayloadJson.read(line.payload()), line.timestamp());
      }
    }
    return history;
  }

  boolean hasTurn(String name) {
    return turns.contains(name);
  }

  /// Whether a user sent this message at the start of a turn without markers.
  ///
  /// @param index of the turn, from 0
  /// @param before later messages cannot have been copied
  boolean said(int index, String message, Instant before) {
    if (index >= said.size()) {
      return false;
    }
    var here = said.get(index);
    return here.digest == digest(message) && !here.at.isAfter(before);
  }

  private void event(JsonNode event, String time) {
    if (TurnMarker.isStart(event)) {
      hasMarkers = true;
      var name = PayloadJson.text(event, TurnMarker.TURN_ID);
      if (name != null) {
        turns.add(name);
      }
      return;
    }
    var message = hasMarkers ? null : userMessage(event);
    if (message != null) {
      said.add(new UserMessage(digest(message), Timestamps.parse(time, Instant.EPOCH)));
    }
  }

  /// The message of a user in the format of an old Codex; null for any other event.
  static @Nullable String userMessage(JsonNode event) {
    return ItemTypes.USER_MESSAGE.equals(PayloadJson.text(event, "type"))
        ? event.path("message").asString("")
        : null;
  }

  private static long digest(String text) {
    return (long) text.length() << Integer.SIZE | Integer.toUnsignedLong(text.hashCode());
  }
}
