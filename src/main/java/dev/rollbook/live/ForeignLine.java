package dev.rollbook.live;

import dev.rollbook.model.RawJson;
import dev.rollbook.rollout.line.RawLine;
import dev.rollbook.rollout.line.RolloutLine;

/// A line that somebody else wrote of a thread, with its place in their order.
public record ForeignLine(RolloutLine line, RawLine raw) {
  /// The line with its ordinal, also where it states another one or none.
  RawJson numberedBytes() {
    return RawJson.of((line.numbered() ? raw : raw.renumbered(line.ordinal())).toByteArray());
  }

  /// The line where the thread goes on: as it is where a reader of the rollout finds it in its
  /// place, else with its ordinal written into it.
  ///
  /// @param next the next ordinal of the thread
  /// @param gap whether the rollout has no line at the ordinal before: a line that states none
  ///   would be taken for what is lacking
  ForeignLine placed(long next, boolean gap) {
    if (line.numbered() && line.ordinal() >= next) {
      return this;
    }
    return line.numbered() || gap
        ? new ForeignLine(line.at(next).stated(), raw.renumbered(next))
        : new ForeignLine(line.at(next), raw);
  }
}
