package dev.rollbook.codex.source;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/// Settings of the watch: the `CODEX_HOME` that is watched.
///
/// @param codexHome A `CODEX_HOME` whose threads and new lines are imported while Codex writes
///   them. The directory is only read.
@ConfigurationProperties("rollbook.watch")
public record WatchProperties(@Nullable Path codexHome) {
  public WatchProperties {
    codexHome = codexHome == null ? null : codexHome.toAbsolutePath().normalize();
  }
}
