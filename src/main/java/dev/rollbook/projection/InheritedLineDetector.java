package dev.rollbook.projection;

import dev.rollbook.access.Owner;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.line.RolloutLine;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Detects which lines of a rollout were inherited from the parent of the thread.
///
/// If Rollbook created a fork, the first line states the last inherited ordinal. So does the first
/// line of a subagent whose rollout is paginated. In a legacy rollout, Codex states no such
/// ordinal, but it may have copied lines of the parent, mostly with the parent's `session_meta`. In
/// such a rollout, this class looks for the first turn that is not inherited: all lines before this
/// turn are inherited. A turn is inherited if the parent has it, or if its id or its first line is
/// older than the thread.
final class InheritedLineDetector {
  private static final int VERSION_7 = 7;
  private static final int TIME_SHIFT = 16;

  private final ThreadId thread;
  private final ParentHistory.Finder finder;
  private final long known;
  private final Set<ThreadId> parents = new LinkedHashSet<>();
  private @Nullable ParentHistory parent;
  private boolean looked;
  private Owner owner = Owner.NONE;
  private Instant createdAt = Instant.MAX;
  private boolean marked;
  private boolean undecided;
  private boolean copying;
  private boolean recognised;
  private boolean begun;
  private boolean hasMarkers;
  private int said;
  private long declared = RolloutLine.NO_ORDINAL;
  private long copied = RolloutLine.NO_ORDINAL;

  /// @param known last ordinal that an earlier reading recognised as inherited; the parent may be
  ///   deleted by now
  InheritedLineDetector(ThreadId thread, ParentHistory.Finder finder, long known) {
    this.thread = thread;
    this.finder = finder;
    this.known = known;
  }

  /// Called with the first line.
  ///
  /// @param telling whether a file of this kind states what it inherits
  void begin(SessionMeta meta, boolean telling) {
    var lineage = meta.lineage();
    owner = meta.owner();
    createdAt = meta.createdAt();
    if (lineage.inheritedThrough() != null) {
      declared = lineage.inheritedThrough();
      marked = true;
    } else if (lineage.copiedThrough() != null) {
      copied = lineage.copiedThrough();
      marked = true;
    } else {
      add(lineage.forkedFrom());
      add(lineage.parent());
      copied = known;
      // Files of Rollbook and paginated files state it. A review's turn is also in its parent, but
      // belongs to the review.
      undecided = !telling && lineage.kind() != ThreadKind.REVIEW && !parents.isEmpty();
    }
  }

  private void add(@Nullable ThreadId source) {
    if (source != null && !source.equals(thread)) {
      parents.add(source);
    }
  }

  /// Called with a further `session_meta`. If it is that of another thread, the lines after it were
  /// copied, too.
  ///
  /// @return whether it is that of the parent or of an ancestor
  boolean copiedMeta(ThreadId of) {
    if (begun || of.equals(thread)) {
      return false;
    }
    if (!marked) {
      parents.add(of);
      undecided = true;
      copying = true;
    }
    return true;
  }

  /// @return whether the line is inherited
  boolean add(RolloutLine line, JsonNode payload, Instant at) {
    if ((undecided || !begun) && line.type().equals(ItemTypes.EVENT)) {
      event(line, payload, at);
    }
    if (copying) {
      copied = Math.max(copied, line.ordinal());
    }
    return line.ordinal() <= through();
  }

  /// Last inherited ordinal as far as read; -1 for none.
  long through() {
    return Math.max(declared, copied);
  }

  /// Last ordinal that Rollbook states as inherited, even if no line has it; -1 for none.
  long declared() {
    return declared;
  }

  private void event(RolloutLine line, JsonNode payload, Instant at) {
    boolean starts = TurnMarker.isStart(payload);
    var message = hasMarkers || starts ? null : ParentHistory.userMessage(payload);
    begun |= starts || message != null;
    if (!undecided) {
      return;
    }
    boolean older = at.isBefore(createdAt);
    if (starts) {
      hasMarkers = true;
      var turn = PayloadJson.text(payload, TurnMarker.TURN_ID);
      decide(line, older || (turn != null && isParents(turn)));
    } else if (message != null) {
      int index = said++;
      decide(line, older || parentSaid(index, message));
    }
  }

  private void decide(RolloutLine line, boolean inherited) {
    copying = inherited;
    recognised |= inherited;
    if (!recognised) {
      // The `session_meta` of the parent proves nothing by itself. The parent's history may, once
      // the parent is imported.
      copied = known;
    }
    undecided = inherited || line.ordinal() <= copied;
  }

  private boolean isParents(String turn) {
    return hasOlderId(turn) || parent().filter(other -> other.hasTurn(turn)).isPresent();
  }

  private boolean parentSaid(int index, String message) {
    return parent().filter(other -> other.said(index, message, createdAt)).isPresent();
  }

  /// Codex creates ids of version 7, which contain their time.
  private boolean hasOlderId(String name) {
    var turn = TurnMarker.parse(name);
    if (turn.isEmpty()
        || turn.get().value().version() != VERSION_7
        || thread.value().version() != VERSION_7) {
      return false;
    }
    return turn.get().value().getMostSignificantBits() >>> TIME_SHIFT
        < thread.value().getMostSignificantBits() >>> TIME_SHIFT;
  }

  /// Read on demand, as most threads have no parent.
  private Optional<ParentHistory> parent() {
    if (!looked) {
      looked = true;
      parent =
          parents.stream()
              .map(thread -> finder.find(thread, owner))
              .flatMap(Optional::stream)
              .findFirst()
              .orElse(null);
    }
    return Optional.ofNullable(parent);
  }
}
