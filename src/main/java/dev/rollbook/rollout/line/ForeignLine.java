package dev.rollbook.rollout.line;

import dev.rollbook.text.RawJson;

/// A line that another program wrote for a thread, both parsed and in its original bytes.
public record ForeignLine(RolloutLine line, RawLine raw) {
  /// The bytes with the ordinal of the line, even if they state another one or none.
  public RawJson numberedBytes() {
    return RawJson.of((line.numbered() ? raw : raw.renumbered(line.ordinal())).toByteArray());
  }

  /// The line as the next one of the thread: unchanged if a reader of the rollout derives the right
  /// ordinal, else with its ordinal written into it.
  ///
  /// @param next the next ordinal of the thread
  /// @param gap whether the previous ordinal has no line in the rollout; a reader would then derive
  ///   that ordinal for a line without one
  public ForeignLine placed(long next, boolean gap) {
    if (line.numbered() && line.ordinal() >= next) {
      return this;
    }
    return line.numbered() || gap
        ? new ForeignLine(line.at(next).stated(), raw.renumbered(next))
        : new ForeignLine(line.at(next), raw);
  }
}
