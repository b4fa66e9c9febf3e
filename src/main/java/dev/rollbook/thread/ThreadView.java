package dev.rollbook.thread;

import dev.rollbook.statedb.ThreadRow;
import java.util.Arrays;

/// A thread as it is now: its row, brought up to what is in memory.
///
/// @param stored the row as the state-db has it, which lists are ordered by
public record ThreadView(ThreadRow row, Status status, ThreadRow stored) {
  private static final String NO_METADATA = "{}";

  /// What a person may change of the thread.
  Description description() {
    return new Description(
        row.name(), NO_METADATA.equals(row.metadata()) ? null : row.metadata(), row.pinned());
  }

  /// Names what a person may change, and whether the thread is archived: another thread, or another
  /// state of this one, has another tag, also after a crash or a rebuild. Counts are left out, as
  /// an append must not make a change fail.
  public String tag() {
    return Tag.of(
        row.id().toString(),
        row.name(),
        row.metadata() == null ? NO_METADATA : row.metadata(),
        Boolean.toString(row.pinned()),
        Boolean.toString(row.archivedAt() != null));
  }

  /// Whether somebody works with the thread.
  public enum Status {
    ACTIVE("active"),
    IDLE("idle"),
    NOT_LOADED("notLoaded");

    private final String wireName;

    Status(String wireName) {
      this.wireName = wireName;
    }

    /// @throws IllegalArgumentException if it is none
    public static Status parse(String text) {
      return Arrays.stream(values())
          .filter(status -> status.wireName.equals(text))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("must be active, idle or notLoaded"));
    }

    public String wireName() {
      return wireName;
    }
  }
}
