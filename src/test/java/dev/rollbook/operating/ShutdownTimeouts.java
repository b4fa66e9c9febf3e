package dev.rollbook.operating;

import java.nio.file.Path;
import java.time.Duration;

/// The longest time of a stop. It has two phases, each with a timeout: one waits for running
/// appends, the other for the remaining requests.
final class ShutdownTimeouts {
  private ShutdownTimeouts() {}

  static Duration maxDuration() {
    var phase =
        RepositoryFiles.yaml(Path.of("src/main/resources/application.yml"))
            .at("spring", "lifecycle", "timeout-per-shutdown-phase")
            .text();
    return Duration.parse("PT" + phase).multipliedBy(2);
  }
}
