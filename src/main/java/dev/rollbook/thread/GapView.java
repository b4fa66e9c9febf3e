package dev.rollbook.thread;

import dev.rollbook.statedb.GapRow;

/// A gap as it is now.
///
/// @param pending whether the items are kept in memory, to be written when that works again
public record GapView(GapRow row, boolean pending) {

  GapView from(long first) {
    return new GapView(row.from(first), pending);
  }
}
