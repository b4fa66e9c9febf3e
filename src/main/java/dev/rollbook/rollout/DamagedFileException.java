package dev.rollbook.rollout;

import java.io.IOException;

/// A compressed rollout does not hold what it says.
final class DamagedFileException extends IOException {
  DamagedFileException(String cause) {
    super("compressed rollout is damaged: " + cause);
  }
}
