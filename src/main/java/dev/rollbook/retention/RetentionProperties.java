package dev.rollbook.retention;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings of retention, which archives, compresses and deletes threads that are no longer used.
/// An action whose time is not set is disabled.
///
/// @param mode `dry-run`: a pass only reports what it would do. `apply`: a pass archives,
///   compresses and deletes.
/// @param archivedAfter A thread that was not updated for this time is archived. Allowed: 1m to
///   365000d.
/// @param deletedAfter A thread that has been archived for this time is deleted. Allowed: 1m to
///   365000d.
/// @param compressedAfter The rollout of a thread that was not updated for this time is compressed.
///   Allowed: 1m to 365000d.
/// @param interval Time between two passes. The first pass begins a minute after the start of the
///   service. Allowed: 1m to 365000d.
@ConfigurationProperties("rollbook.retention")
record RetentionProperties(
    @DefaultValue("dry-run") Mode mode,
    @Nullable Duration archivedAfter,
    @Nullable Duration deletedAfter,
    @Nullable Duration compressedAfter,
    @DefaultValue("1h") Duration interval) {
  private static final Duration MIN_DURATION = Duration.ofMinutes(1);
  private static final Duration MAX_DURATION = Duration.ofDays(365_000);

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

  @Nullable Duration after(RetentionAction action) {
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
    if (value != null && (value.compareTo(MIN_DURATION) < 0 || value.compareTo(MAX_DURATION) > 0)) {
      throw new IllegalArgumentException(
          "rollbook.retention.%s must be from 1m to 365000d but is %s".formatted(key, value));
    }
  }
}
