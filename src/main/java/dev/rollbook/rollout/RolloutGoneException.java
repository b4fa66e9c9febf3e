package dev.rollbook.rollout;

import java.io.IOException;
import java.nio.file.Path;

/// Thrown if the file at the path of a rollout is missing or is a different file, because the
/// rollout was removed, moved, truncated or replaced.
public final class RolloutGoneException extends IOException {
  RolloutGoneException(Path path, String what) {
    super(path + ": " + what);
  }
}
