package dev.rollbook.persistence;

import dev.rollbook.model.SkipReason;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import org.jspecify.annotations.Nullable;

/// A write of history that did not happen.
///
/// @param next the first ordinal after the skipped ones
/// @param frame whether Rollbook's own lines around a turn were skipped, not what a client sent
public record Skip(
    ThreadId thread,
    @Nullable TurnId turn,
    long first,
    long next,
    SkipReason reason,
    String message,
    @Nullable Throwable cause,
    boolean frame) {

  long items() {
    return next - first;
  }
}
