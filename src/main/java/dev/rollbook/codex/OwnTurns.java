package dev.rollbook.codex;

import dev.rollbook.codex.Said.Role;
import dev.rollbook.model.TurnId;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.rollout.line.RolloutLine;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The turns that Rollbook itself ran, and which of them left words half said: clients may show
/// what they do not send, and send what they do not show.
final class OwnTurns {
  private final Map<Role, Set<TurnId>> halfSaid = new EnumMap<>(Role.class);
  private final Set<Role> shown = new HashSet<>();
  private final Set<Role> sent = new HashSet<>();
  private final Set<Role> wouldShow = new HashSet<>();
  private @Nullable TurnId turn;
  private boolean any;

  OwnTurns() {
    for (var role : Role.values()) {
      halfSaid.put(role, new HashSet<>());
    }
  }

  boolean any() {
    return any;
  }

  boolean anyHalfSaid() {
    return halfSaid.values().stream().anyMatch(turns -> !turns.isEmpty());
  }

  /// Whether a role's words in a turn are all of one kind.
  boolean isHalfSaid(TurnId id, Role role) {
    return halfSaid.getOrDefault(role, Set.of()).contains(id);
  }

  void add(RolloutLine line) {
    var frame = TurnMarker.own(line);
    if (frame.isPresent()) {
      end();
      turn = frame.get() instanceof TurnMarker.Started started ? started.turn() : null;
      any = true;
    } else if (turn != null) {
      Said.in(line).ifPresent(this::add);
    }
  }

  private void add(Said said) {
    (said.isSent() ? sent : shown).add(said.role());
    if (said.isSent() && !said.isMarkup()) {
      wouldShow.add(said.role());
    }
  }

  void end() {
    if (turn != null) {
      for (var role : Role.values()) {
        if (shown.contains(role) ? !sent.contains(role) : wouldShow.contains(role)) {
          halfSaid.computeIfAbsent(role, none -> new HashSet<>()).add(turn);
        }
      }
    }
    shown.clear();
    sent.clear();
    wouldShow.clear();
    turn = null;
  }
}
