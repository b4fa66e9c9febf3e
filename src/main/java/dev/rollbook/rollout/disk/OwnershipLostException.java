package dev.rollbook.rollout.disk;

import java.io.IOException;

/// Thrown if this process may not write a file, because another process has taken over its thread.
/// Nothing was written.
public final class OwnershipLostException extends IOException {
  public OwnershipLostException(String message) {
    super(message);
  }
}
