package dev.rollbook.thread;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.rollbook.model.ThreadSummary;
import dev.rollbook.statedb.listing.ThreadQuery.Position;

/// A gap in a list of those of all threads, with what is shown of its thread.
public record OpenGapView(@JsonUnwrapped GapView gap, ThreadSummary thread) {
  private static final String ORDER = "gaps";

  /// The cursor of the page that follows this gap.
  public String cursor() {
    return TimeCursor.after(ORDER, gap.recordedAt(), gap.id());
  }

  /// @throws IllegalArgumentException if the text is not a cursor of this list
  static Position position(String cursor) {
    return TimeCursor.parse(ORDER, cursor);
  }
}
