package dev.rollbook.rollout;

import dev.rollbook.model.RawJson;
import org.jspecify.annotations.Nullable;

/// One line of a rollout, taken apart but not interpreted.
///
/// @param ordinal the place in the thread: what the line says, or the next one where it says
///   nothing or something that is not after its predecessor
/// @param numbered whether the line itself says that ordinal
/// @param bytes the whole line without its line break
public record RolloutLine(
    long ordinal,
    boolean numbered,
    @Nullable String id,
    String timestamp,
    String type,
    RawJson payload,
    @Nullable RawJson metadata,
    RawJson bytes) {

  static final long NO_ORDINAL = -1;

  /// The line with the place that its predecessor leaves to it.
  RolloutLine after(long previous) {
    return numbered && ordinal > previous
        ? this
        : new RolloutLine(previous + 1, false, id, timestamp, type, payload, metadata, bytes);
  }
}
