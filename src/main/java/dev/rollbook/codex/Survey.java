package dev.rollbook.codex;

import dev.rollbook.codex.Outline.Origin;
import dev.rollbook.codex.Said.Role;
import dev.rollbook.codex.Said.Way;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.line.RolloutLine;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Makes the outline of a rollout while its lines pass by.
final class Survey {
  private final Members meta;
  private final boolean begunHere;
  private final @Nullable Long joinedThrough;
  private final OwnTurns turns = new OwnTurns();
  private @Nullable RolloutLine firstOwn;
  private @Nullable Way firstWords;

  Survey(Members meta) {
    this.meta = meta;
    var own = meta.object("rollbook");
    this.begunHere = own.isPresent();
    this.joinedThrough =
        own.filter(given -> given.isTrue("joined"))
            .map(given -> given.number("inherited_through"))
            .orElse(null);
  }

  void add(RolloutLine line) {
    turns.add(line);
    if (joinedThrough != null && firstOwn == null && Outline.isBehind(line, joinedThrough)) {
      firstOwn = line;
    }
    if (firstWords == null && begunHere) {
      firstWords = personsWords(line);
    }
  }

  private static @Nullable Way personsWords(RolloutLine line) {
    return Said.in(line)
        .filter(said -> said.role() == Role.USER && !said.isSent())
        .map(Said::way)
        .orElse(null);
  }

  Outline outline(ThreadId thread, Repairs repairs) {
    turns.end();
    var original =
        Optional.ofNullable(firstOwn)
            .filter(Outline::isMeta)
            .flatMap(line -> Members.of(line.payload()))
            .orElse(null);
    return new Outline(
        thread,
        meta,
        origin(original),
        isPaginated(),
        turns,
        joinedThrough == null ? RolloutLine.NO_ORDINAL : joinedThrough,
        original,
        repairs);
  }

  private Origin origin(@Nullable Members original) {
    if (original != null) {
      return Origin.JOINED;
    }
    return begunHere ? Origin.ROLLBOOK : Origin.CODEX;
  }

  /// A fork of what Codex wrote goes on as Codex wrote: the first words of a person tell.
  private boolean isPaginated() {
    return Outline.PAGINATED.equals(meta.text("history_mode")) || firstWords == Way.COMPLETED;
  }
}
