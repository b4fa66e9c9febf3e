package dev.rollbook.rollout;

import java.nio.file.Path;

/// Another process writes to the data-dir: this one must not.
final class DataDirInUseException extends RuntimeException {
  private final Path dataDir;
  private final String holder;

  /// @param holder as it described itself; empty where that is not known
  DataDirInUseException(Path dataDir, String holder) {
    super("the data-dir %s is in use by %s".formatted(dataDir, named(holder)), null, false, false);
    this.dataDir = dataDir.toAbsolutePath().normalize();
    this.holder = named(holder);
  }

  String description() {
    return "The data-dir %s is in use by another Rollbook: %s.".formatted(dataDir, holder);
  }

  String action() {
    return "Stop that one first, or give this one a data-dir of its own with --rollbook.data-dir."
        + " No file has to be removed: the lock ends with the process that holds it.";
  }

  private static String named(String holder) {
    return holder.isBlank() ? "a process that is not known" : holder.strip();
  }
}
