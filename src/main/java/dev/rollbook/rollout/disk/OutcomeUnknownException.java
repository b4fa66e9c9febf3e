package dev.rollbook.rollout.disk;

import java.io.IOException;

/// Thrown if a disk does not know whether it has done a write, and cannot find out now. The next
/// opening of the file finds out.
public final class OutcomeUnknownException extends IOException {
  public OutcomeUnknownException(Exception failed) {
    super(failed.getMessage(), failed);
  }
}
