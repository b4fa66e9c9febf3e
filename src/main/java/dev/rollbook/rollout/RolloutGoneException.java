package dev.rollbook.rollout;

import java.io.IOException;
import java.nio.file.Path;

/// Thrown if the file at the path of a rollout is missing, or is no longer this rollout. Another
/// program may have removed, moved, truncated or replaced the file.
public final class RolloutGoneException extends IOException {
  RolloutGoneException(Path path, String what) {
    super(path + ": " + what);
  }
}
