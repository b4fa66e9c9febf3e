package dev.rollbook.codex;

import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.ForkBase;
import dev.rollbook.rollout.RolloutContent;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What has to be known of a rollout before the first line of its export can be written.
///
/// @param meta the first line's payload
/// @param origin whose lines these are
/// @param paginated whether Codex takes what its screen shows from `item_completed` alone
/// @param inherited the last ordinal that stands before a joined fork's own lines
/// @param original the first payload of a joined fork's own lines; null for no such fork
/// @param repairs of lines that Codex could not read
record Outline(
    ThreadId thread,
    Members meta,
    Origin origin,
    boolean paginated,
    OwnTurns turns,
    long inherited,
    @Nullable Members original,
    Repairs repairs) {

  /// Whose lines a rollout holds.
  enum Origin {
    /// Codex began it.
    CODEX,
    /// Rollbook began it.
    ROLLBOOK,
    /// Codex began it at a place in another thread, whose lines an import has put before its own.
    JOINED
  }

  static final String META = "session_meta";

  /// A joined fork's own `session_meta` may stand under this type: a second one of the other type
  /// makes Codex forget all before it.
  static final String FORKED_META = ForkBase.OWN_META;

  static final String PAGINATED = "paginated";

  static Outline read(ThreadId thread, RolloutContent content) throws IOException {
    try (var lines = new FileLines(content.open(), content.room())) {
      var first = readable(lines).filter(line -> line.type().equals(META));
      var meta = first.flatMap(line -> Members.of(line.payload())).orElseThrow(() -> bad(thread));
      var survey = new Survey(meta);
      var repairs = new Repairs.Survey(first.orElseThrow(() -> bad(thread)));
      for (var line = lines.next(); line != null; line = lines.next()) {
        var read = line.read();
        read.ifPresent(survey::add);
        repairs.add(line, read);
      }
      return survey.outline(thread, repairs.found());
    }
  }

  /// The same thread in one file that needs no other one.
  Outline whole() {
    return origin == Origin.JOINED
        ? new Outline(thread, meta, Origin.ROLLBOOK, paginated, turns, inherited, null, repairs)
        : this;
  }

  /// Whether lines behind the first one may have to be changed.
  boolean changesLines() {
    if (repairs.any(paginated)) {
      return true;
    }
    return switch (origin) {
      case JOINED -> true;
      case ROLLBOOK -> paginated || turns.anyHalfSaid();
      case CODEX -> (paginated && turns.any()) || turns.anyHalfSaid();
    };
  }

  static boolean isMeta(RolloutLine line) {
    return line.type().equals(META) || line.type().equals(FORKED_META);
  }

  static boolean isBehind(RolloutLine line, long ordinal) {
    return line.numbered() && line.ordinal() > ordinal;
  }

  private static Optional<RolloutLine> readable(FileLines lines) throws IOException {
    for (var line = lines.next(); line != null; line = lines.next()) {
      var read = line.read();
      if (read.isPresent()) {
        return read;
      }
    }
    return Optional.empty();
  }

  private static RolloutUnusable bad(ThreadId thread) {
    return new RolloutUnusable(thread, ResumeFailure.ROLLOUT_UNREADABLE);
  }
}
