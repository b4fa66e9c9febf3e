package dev.rollbook.rollout;

import java.io.IOException;
import java.nio.file.Path;

/// The file at a rollout's path is not the rollout: it was removed, moved, cut or replaced.
public final class RolloutGoneException extends IOException {
  RolloutGoneException(Path path, String what) {
    super(path + ": " + what);
  }
}
