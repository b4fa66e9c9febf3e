package dev.rollbook.skips;

import dev.rollbook.model.SkipReason;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import org.jspecify.annotations.Nullable;

/// A write to a rollout that failed or was refused.
///
/// @param next the first ordinal after the skipped ones
/// @param turnMarker whether only a turn marker was skipped, and no item that a client sent
public record SkippedWrite(
    ThreadId thread,
    @Nullable TurnId turn,
    long first,
    long next,
    SkipReason reason,
    String message,
    @Nullable Throwable cause,
    boolean turnMarker) {

  long items() {
    return next - first;
  }
}
