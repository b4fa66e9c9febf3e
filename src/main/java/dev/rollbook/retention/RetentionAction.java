package dev.rollbook.retention;

import dev.rollbook.model.WireName;
import dev.rollbook.statedb.ThreadRow;
import java.time.Instant;
import java.util.Objects;

/// Action of a retention pass on a thread. The constants are in the order of execution. Deletion
/// comes first, because a deleted thread need not be compressed. Archiving comes last, because it
/// changes the time of the thread's last update.
enum RetentionAction implements WireName {
  DELETE("deleted-after"),
  COMPRESS("compressed-after"),
  ARCHIVE("archived-after");

  private final String rule;

  RetentionAction(String rule) {
    this.rule = rule;
  }

  /// The setting that configures the action.
  String rule() {
    return rule;
  }

  /// The start of the configured time: the last update of the thread or, for a deletion, its
  /// archiving.
  Instant since(ThreadRow row) {
    return this == DELETE
        ? Objects.requireNonNull(row.attributes().archivedAt())
        : row.activity().updatedAt();
  }
}
