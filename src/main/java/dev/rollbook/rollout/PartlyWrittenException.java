package dev.rollbook.rollout;

import dev.rollbook.rollout.disk.OwnershipLostException;
import java.io.IOException;
import java.nio.file.Path;

/// Thrown if another process has taken over a rollout in the middle of a long write. The first
/// lines may be in the rollout, and only its new owner could remove them, so the write must not be
/// repeated as if it had not been made.
public final class PartlyWrittenException extends IOException {
  PartlyWrittenException(Path path, OwnershipLostException cause) {
    super(path + ": another process has taken it over during a write", cause);
  }
}
