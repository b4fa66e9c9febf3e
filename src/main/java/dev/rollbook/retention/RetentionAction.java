package dev.rollbook.retention;

import dev.rollbook.statedb.ThreadRow;
import java.time.Instant;
import java.util.Objects;

/// What a pass does to a thread, in the order in which it does it: a thread that is deleted need
/// not be compressed, and archiving a thread updates it.
enum RetentionAction {
  DELETE("delete", "deleted-after"),
  COMPRESS("compress", "compressed-after"),
  ARCHIVE("archive", "archived-after");

  private final String wireName;
  private final String rule;

  RetentionAction(String wireName, String rule) {
    this.wireName = wireName;
    this.rule = rule;
  }

  String wireName() {
    return wireName;
  }

  /// The setting that asks for it.
  String rule() {
    return rule;
  }

  /// The time from which the setting counts: that of the last update or, to be deleted, that of the
  /// archiving.
  Instant since(ThreadRow row) {
    return this == DELETE ? Objects.requireNonNull(row.archivedAt()) : row.updatedAt();
  }
}
