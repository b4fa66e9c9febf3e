package dev.rollbook.codex.ingest;

import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;

/// One rollout cannot be taken in; the message says why and what to do, for people.
public final class ImportFailedException extends IOException {
  ImportFailedException(String message) {
    super(message);
  }

  /// Why a file was not taken, for people.
  static String cause(IOException failed) {
    return failed instanceof ImportFailedException
        ? String.valueOf(failed.getMessage())
        : "cannot be read: " + StorageFaults.shortCause(failed);
  }
}
