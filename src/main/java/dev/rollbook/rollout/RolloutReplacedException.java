package dev.rollbook.rollout;

import dev.rollbook.model.ThreadId;
import java.io.IOException;

/// Thrown if the rollout was repaired or replaced while it was read.
public final class RolloutReplacedException extends IOException {
  RolloutReplacedException(ThreadId thread) {
    super(
        "rollout of thread %s was replaced while it was read: repeat the request"
            .formatted(thread));
  }
}
