package dev.rollbook.rollout;

import dev.rollbook.memory.HeapShare;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Bounds what live threads hold of the operating system.
///
/// @param maxOpenFiles rollouts that are open at a time; those not used for longest are closed
@ConfigurationProperties("rollbook.live")
record OpenFileProperties(@DefaultValue("" + HeapShare.MAX_OPEN_FILES) int maxOpenFiles) {
  OpenFileProperties {
    if (maxOpenFiles < 1) {
      throw new IllegalArgumentException(
          "rollbook.live.max-open-files must be at least 1 but is " + maxOpenFiles);
    }
  }
}
