package dev.rollbook.codex.export;

import dev.rollbook.codex.export.ChatMessage.Role;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.projection.ForkBase;
import dev.rollbook.rollout.line.RolloutLine;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Facts about a rollout that an export must know before it writes the first line.
///
/// @param meta payload of the first line
/// @param paginated whether the rollout is paginated; Codex then shows only its `item_completed`
///   events
/// @param inherited last ordinal that a joined fork ([RolloutOrigin#JOINED]) inherited from its
///   parent
/// @param ownMeta for a joined fork, the payload of the fork's own `session_meta`, which follows
///   the lines of the parent; null for any other rollout
record RolloutSummary(
    ThreadId thread,
    JsonMembers meta,
    RolloutOrigin origin,
    boolean paginated,
    OwnTurns turns,
    long inherited,
    @Nullable JsonMembers ownMeta,
    Repairs repairs) {
  static final String META = "session_meta";

  /// Type of a joined fork's own `session_meta`: a second one of the regular type makes Codex
  /// forget everything before it.
  static final String FORKED_META = ForkBase.OWN_META;

  static final String PAGINATED = "paginated";

  /// Which program created a rollout.
  enum RolloutOrigin {
    /// Codex created it.
    CODEX,
    /// Rollbook created it.
    ROLLBOOK,
    /// Codex created it as a fork, and an import put the parent's lines before the fork's own: a
    /// joined fork.
    JOINED
  }

  /// The turns that Rollbook ran.
  ///
  /// @param oneSided by role, turns in which all messages of the role are only shown to the person,
  ///   or are all only sent to the model
  record OwnTurns(boolean any, Map<Role, Set<TurnId>> oneSided) {
    boolean anyOneSided() {
      return oneSided.values().stream().anyMatch(turns -> !turns.isEmpty());
    }

    boolean isOneSided(TurnId turn, Role role) {
      return oneSided.getOrDefault(role, Set.of()).contains(turn);
    }
  }

  /// Faults because of which Codex would refuse the whole thread.
  ///
  /// @param damaged whether a line is not valid UTF-8, or has NUL bytes
  /// @param unnumbered whether a line without an ordinal follows one with an ordinal, which is a
  ///   fault only in a paginated thread
  /// @param lastNumbered position of the last line with an ordinal, among the readable lines after
  ///   the first one
  record Repairs(boolean damaged, boolean unnumbered, long lastNumbered) {
    boolean any(boolean paginated) {
      return damaged || (paginated && unnumbered);
    }
  }

  /// The same thread in one file that needs no other file.
  RolloutSummary standalone() {
    return origin == RolloutOrigin.JOINED
        ? new RolloutSummary(
            thread, meta, RolloutOrigin.ROLLBOOK, paginated, turns, inherited, null, repairs)
        : this;
  }

  /// The payload of the first line as Codex or Rollbook wrote it.
  JsonMembers originalMeta() {
    return ownMeta == null ? meta : ownMeta;
  }

  /// Whether lines after the first one may have to be changed.
  boolean changesLines() {
    if (repairs.any(paginated)) {
      return true;
    }
    return switch (origin) {
      case JOINED -> true;
      case ROLLBOOK -> paginated || turns.anyOneSided();
      case CODEX -> (paginated && turns.any()) || turns.anyOneSided();
    };
  }

  static boolean isMeta(RolloutLine line) {
    return line.type().equals(META) || line.type().equals(FORKED_META);
  }

  static boolean isBehind(RolloutLine line, long ordinal) {
    return line.numbered() && line.ordinal() > ordinal;
  }
}
