package dev.rollbook.rollout;

import dev.rollbook.model.ThreadId;
import java.io.IOException;

/// The rollout was repaired, or replaced by somebody, between two looks at it.
public final class RolloutReplacedException extends IOException {
  RolloutReplacedException(ThreadId thread) {
    super("rollout of thread %s was replaced while it was read: ask again".formatted(thread));
  }
}
