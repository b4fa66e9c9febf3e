package dev.rollbook.codex;

import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.RolloutContent;
import dev.rollbook.rollout.RolloutLine;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What has to be known of a rollout before the first line of its export can be written.
///
/// @param meta the first line's payload
/// @param origin whose lines these are
/// @param paginated whether Codex takes what its screen shows from `item_completed` alone
/// @param listed whether anything in it makes Codex list the thread
/// @param inherited the last ordinal that stands before a joined fork's own lines
/// @param original the first payload of a joined fork's own lines; null for no such fork
record Outline(
    ThreadId thread,
    Members meta,
    Origin origin,
    boolean paginated,
    boolean listed,
    long inherited,
    @Nullable Members original) {

  /// Whose lines a rollout holds.
  enum Origin {
    /// Codex began it.
    CODEX,
    /// Rollbook began it.
    ROLLBOOK,
    /// Codex began it at a place in another thread, whose lines an import has put before its own.
    JOINED
  }

  /// The line types under which a joined fork's own `session_meta` may stand: a second one of that
  /// type makes Codex forget all before it.
  static final String META = "session_meta";

  static final String FORKED_META = "forked_session_meta";

  private static final String PAGINATED = "paginated";

  /// Reads no further than it must: mostly a line or a few.
  static Outline read(ThreadId thread, RolloutContent content) throws IOException {
    try (var lines = new FileLines(content.open())) {
      var first = readable(lines).filter(line -> line.type().equals(META));
      var meta = first.flatMap(line -> Members.of(line.payload())).orElseThrow(() -> bad(thread));
      var own = meta.object("rollbook");
      if (own.isEmpty()) {
        return begunByCodex(thread, meta);
      }
      var through = own.get().number("inherited_through");
      return own.get().isTrue("joined") && through != null
          ? joined(thread, meta, through, lines)
          : begunHere(thread, meta, lines);
    }
  }

  /// The same thread in one file that needs no other one.
  Outline whole() {
    if (origin != Origin.JOINED) {
      return this;
    }
    return new Outline(thread, meta, Origin.ROLLBOOK, paginated, listed, inherited, null);
  }

  /// Whether lines behind the first one may have to be changed.
  boolean changesLines() {
    return paginated || !listed || origin == Origin.JOINED;
  }

  static boolean isMeta(RolloutLine line) {
    return line.type().equals(META) || line.type().equals(FORKED_META);
  }

  private static Outline begunByCodex(ThreadId thread, Members meta) {
    boolean paginated = PAGINATED.equals(meta.text("history_mode"));
    return new Outline(thread, meta, Origin.CODEX, paginated, true, RolloutLine.NO_ORDINAL, null);
  }

  private static Outline joined(ThreadId thread, Members meta, long through, FileLines lines)
      throws IOException {
    var line = readable(lines);
    while (line.isPresent() && !isBehind(line.get(), through)) {
      line = readable(lines);
    }
    var original = line.filter(Outline::isMeta).flatMap(found -> Members.of(found.payload()));
    var outline =
        new Outline(thread, meta, Origin.JOINED, true, true, through, original.orElse(null));
    return original.isPresent() ? outline : outline.whole();
  }

  /// A fork of what Codex wrote goes on as Codex wrote: the first words of a person tell.
  private static Outline begunHere(ThreadId thread, Members meta, FileLines lines)
      throws IOException {
    boolean said = PAGINATED.equals(meta.text("history_mode"));
    var spoken = Optional.<String>empty();
    for (var line = lines.next(); line != null && spoken.isEmpty() && !said; line = lines.next()) {
      spoken = line.read().flatMap(ScreenItems::personsWords);
    }
    boolean paginated = said || spoken.filter(ScreenItems.COMPLETED::equals).isPresent();
    return new Outline(
        thread,
        meta,
        Origin.ROLLBOOK,
        paginated,
        said || spoken.isPresent(),
        RolloutLine.NO_ORDINAL,
        null);
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
