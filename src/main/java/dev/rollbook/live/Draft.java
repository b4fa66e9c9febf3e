package dev.rollbook.live;

import dev.rollbook.rollout.line.EncodedLines;
import io.micrometer.core.instrument.Timer;

/// An append that has its ordinals, from `first` on, but is not written yet.
///
/// @param told to those who follow the thread, once it is known what became of it
record Draft(
    Placement placement, long first, EncodedLines lines, Announcement told, Timer.Sample sample) {

  int items() {
    return placement.fresh().size();
  }

  /// The first ordinal after it.
  long next() {
    return first + items();
  }
}
