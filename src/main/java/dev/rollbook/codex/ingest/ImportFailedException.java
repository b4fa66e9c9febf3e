package dev.rollbook.codex.ingest;

import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;

/// Thrown if a rollout cannot be imported. The message is shown to people. It says why the import
/// failed, and what to do.
public final class ImportFailedException extends IOException {
  ImportFailedException(String message) {
    super(message);
  }

  /// The message to show for a failed import.
  static String cause(IOException failed) {
    return failed instanceof ImportFailedException
        ? String.valueOf(failed.getMessage())
        : "cannot be read: " + StorageFaults.shortCause(failed);
  }
}
