package dev.rollbook.imports;

import java.io.IOException;

/// One rollout cannot be taken in; the message says why and what to do, for people.
public final class ImportFailedException extends IOException {
  ImportFailedException(String message) {
    super(message);
  }
}
