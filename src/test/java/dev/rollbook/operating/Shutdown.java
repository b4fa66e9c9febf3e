package dev.rollbook.operating;

import java.nio.file.Path;
import java.time.Duration;

/// How long a stop takes where a request never ends: one phase waits for what appends, the next one
/// for what is left.
final class Shutdown {
  private Shutdown() {}

  static Duration atMost() {
    var phase =
        Sources.yaml(Path.of("src/main/resources/application.yml"))
            .at("spring", "lifecycle", "timeout-per-shutdown-phase")
            .text();
    return Duration.parse("PT" + phase).multipliedBy(2);
  }
}
