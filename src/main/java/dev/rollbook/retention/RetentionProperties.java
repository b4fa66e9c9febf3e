package dev.rollbook.retention;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What becomes of threads that are not used any more; nothing for what is not set.
///
/// @param mode whether a pass does what it says, or only reports it
/// @param archivedAfter a thread that was not updated for this time is archived
/// @param deletedAfter a thread that has been archived for this time is deleted
/// @param compressedAfter the rollout of a thread that was not updated for this time is compressed
/// @param interval time between two passes
@ConfigurationProperties("rollbook.retention")
record RetentionProperties(
    @DefaultValue("dry-run") Mode mode,
    @Nullable Duration archivedAfter,
    @Nullable Duration deletedAfter,
    @Nullable Duration compressedAfter,
    @DefaultValue("1h") Duration interval) {
  private static final Duration LEAST = Duration.ofMinutes(1);
  private static final Duration MOST = Duration.ofDays(365_000);

  /// What a pass does.
  enum Mode {
    DRY_RUN,
    APPLY
  }

  RetentionProperties {
    check("archived-after", archivedAfter);
    check("deleted-after", deletedAfter);
    check("compressed-after", compressedAfter);
    check("interval", interval);
  }

  @Nullable Duration after(Action action) {
    return switch (action) {
      case ARCHIVE -> archivedAfter;
      case DELETE -> deletedAfter;
      case COMPRESS -> compressedAfter;
    };
  }

  boolean isOff() {
    return archivedAfter == null && deletedAfter == null && compressedAfter == null;
  }

  private static void check(String key, @Nullable Duration value) {
    if (value != null && (value.compareTo(LEAST) < 0 || value.compareTo(MOST) > 0)) {
      throw new IllegalArgumentException(
          "rollbook.retention.%s must be from 1m to 365000d but is %s".formatted(key, value));
    }
  }
}
