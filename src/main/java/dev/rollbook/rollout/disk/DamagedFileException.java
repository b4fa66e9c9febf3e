package dev.rollbook.rollout.disk;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Thrown if the bytes of a compressed rollout are not what they should be.
public final class DamagedFileException extends IOException {
  public DamagedFileException(@Nullable String cause) {
    super("compressed rollout is damaged: " + cause);
  }
}
