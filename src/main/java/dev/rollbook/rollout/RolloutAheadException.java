package dev.rollbook.rollout;

import java.io.IOException;
import java.nio.file.Path;

/// Thrown if a rollout on a disk that no other program writes is longer than its writer knows.
/// Another process has written it since its size was read: one that was paused, and that this
/// process has replaced. The caller must read the rollout again to learn which ordinals are free.
public final class RolloutAheadException extends IOException {
  RolloutAheadException(Path path, long known, long found) {
    super(
        "%s: another process has written it since it was read: it has %d bytes instead of %d"
            .formatted(path, found, known));
  }
}
