package dev.rollbook.rollout;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;

/// Does work on a file that an interrupt must not spoil.
final class Uninterrupted {
  private Uninterrupted() {}

  /// Work that begins anew with a file that it opens itself.
  interface Work<T> {
    T run() throws IOException;
  }

  /// An interrupt closes the channel though the disk is fine: the work is done again, and the
  /// interrupt is left to the caller.
  static <T> T run(Work<T> work) throws IOException {
    try {
      return work.run();
    } catch (ClosedByInterruptException interrupted) {
      boolean wasInterrupted = Thread.interrupted();
      try {
        return work.run();
      } finally {
        if (wasInterrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }
}
