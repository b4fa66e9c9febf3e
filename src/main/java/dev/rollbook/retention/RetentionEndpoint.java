package dev.rollbook.retention;

import dev.rollbook.retention.RetentionTally.Report;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.stereotype.Component;

/// Actuator endpoint that shows the last retention pass, previews what a pass would do, and runs a
/// pass.
@Component
@Endpoint(id = "retention")
record RetentionEndpoint(RetentionWorker retention, RetentionProperties properties) {
  /// @param mode of scheduled passes
  /// @param running whether a pass runs
  /// @param lastPass the pass that runs, or the last one; null if there was none since the start
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

  /// Runs a pass now and waits for its end.
  ///
  /// @param dryRun false to apply the settings, whatever the mode is
  @WriteOperation
  State run(@Nullable Boolean dryRun) {
    retention.run(dryRun == null || dryRun);
    return state();
  }

  private static @Nullable String text(@Nullable Duration duration) {
    return duration == null ? null : duration.toString();
  }
}
