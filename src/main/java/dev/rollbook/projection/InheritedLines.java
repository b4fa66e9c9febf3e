package dev.rollbook.projection;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.line.RolloutLine;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Tells, line by line, which lines of a rollout its thread has from its parent.
///
/// Forks that Rollbook makes or joins, and subagents of a paginated Codex, say so in their first
/// line. A legacy Codex only copies, mostly with the parent's `session_meta`: there all lines
/// before the first turn of the thread's own are inherited. A turn is a copy if the parent has it,
/// if its id is older than the thread's, or if its line is older than the thread.
final class InheritedLines {
  private static final int VERSION_7 = 7;
  private static final int TIME_SHIFT = 16;

  private final ThreadId thread;
  private final ParentHistory.Finder finder;
  private final long known;
  private final Set<ThreadId> parents = new LinkedHashSet<>();
  private @Nullable ParentHistory parent;
  private boolean looked;
  private Instant createdAt = Instant.MAX;
  private boolean marked;
  private boolean undecided;
  private boolean copying;
  private boolean recognised;
  private boolean begun;
  private boolean framed;
  private int said;
  private long declared = RolloutLine.NO_ORDINAL;
  private long copied = RolloutLine.NO_ORDINAL;

  /// @param known the last ordinal that was found to be inherited before, as the parent may be gone
  ///   by now
  InheritedLines(ThreadId thread, ParentHistory.Finder finder, long known) {
    this.thread = thread;
    this.finder = finder;
    this.known = known;
  }

  /// The first line.
  ///
  /// @param telling whether such files say what they have from others
  void begin(SessionMeta meta, boolean telling) {
    var lineage = meta.lineage();
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
      // Rollbook's files say it, and paginated ones, which point to their parent's lines. The turn
      // of a review is in its parent too, but it is the review's own.
      undecided = !telling && lineage.kind() != ThreadKind.REVIEW && !parents.isEmpty();
    }
  }

  private void add(@Nullable ThreadId source) {
    if (source != null && !source.equals(thread)) {
      parents.add(source);
    }
  }

  /// One more `session_meta`: whatever follows that of another thread was copied with it.
  ///
  /// @return whether it is the parent's, or that of a thread before it
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

  /// The last ordinal that is inherited, as far as was read; -1 for none.
  long through() {
    return Math.max(declared, copied);
  }

  /// The last ordinal that Rollbook says is inherited, also where no line has it; -1 for none.
  long declared() {
    return declared;
  }

  private void event(RolloutLine line, JsonNode payload, Instant at) {
    boolean starts = TurnMarker.isStart(payload);
    var message = framed || starts ? null : ParentHistory.userMessage(payload);
    begun |= starts || message != null;
    if (!undecided) {
      return;
    }
    boolean older = at.isBefore(createdAt);
    if (starts) {
      framed = true;
      var turn = Payload.text(payload, TurnMarker.TURN_ID);
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
      // A `session_meta` of the parent alone tells nothing: the parent may, once it is here.
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

  /// Codex makes ids of version 7, which have their time in them.
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

  /// Read when the first turn asks for it: most threads have no parent.
  private Optional<ParentHistory> parent() {
    if (!looked) {
      looked = true;
      parent =
          parents.stream().map(finder::find).flatMap(Optional::stream).findFirst().orElse(null);
    }
    return Optional.ofNullable(parent);
  }
}
