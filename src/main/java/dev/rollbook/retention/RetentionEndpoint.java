package dev.rollbook.retention;

import dev.rollbook.retention.RetentionTally.Report;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.stereotype.Component;

/// Shows operators what retention did or would do, and lets them have it done now.
@Component
@Endpoint(id = "retention")
class RetentionEndpoint {
  private final RetentionWorker retention;
  private final RetentionProperties properties;

  RetentionEndpoint(RetentionWorker retention, RetentionProperties properties) {
    this.retention = retention;
    this.properties = properties;
  }

  /// @param mode of the passes that are made by themselves
  /// @param running whether a pass is going on
  /// @param lastPass or the one that is going on; null where there was none since the start
  record State(
      String mode,
      @Nullable String archivedAfter,
      @Nullable String deletedAfter,
      @Nullable String compressedAfter,
      String interval,
      boolean running,
      @Nullable Report lastPass) {}

  @ReadOperation
  State state() {
    return new State(
        switch (properties.mode()) {
          case DRY_RUN -> "dry-run";
          case APPLY -> "apply";
        },
        text(properties.archivedAfter()),
        text(properties.deletedAfter()),
        text(properties.compressedAfter()),
        properties.interval().toString(),
        retention.isMakingPass(),
        retention.lastPass());
  }

  /// Makes a pass now, and waits for it.
  ///
  /// @param dryRun false to do what it says, whatever the mode is
  @WriteOperation
  State run(@Nullable Boolean dryRun) {
    retention.run(dryRun == null || dryRun);
    return state();
  }

  private static @Nullable String text(@Nullable Duration duration) {
    return duration == null ? null : duration.toString();
  }
}
