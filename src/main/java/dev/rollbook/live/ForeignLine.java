package dev.rollbook.live;

import dev.rollbook.rollout.RawLine;
import dev.rollbook.rollout.RolloutLine;

/// A line that somebody else wrote of a thread, with its place in their order.
///
/// @param shared whether their order has more than one line at that place
public record ForeignLine(RolloutLine line, RawLine raw, boolean shared) {
  /// The line where the thread goes on: as it is if its place is free, else with the next ordinal.
  ForeignLine placed(long nextOrdinal) {
    long place = line.ordinal();
    boolean fits = place >= nextOrdinal || (shared && place == nextOrdinal - 1);
    return fits ? this : new ForeignLine(line.at(nextOrdinal), raw.renumbered(nextOrdinal), false);
  }
}
