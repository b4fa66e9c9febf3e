package dev.rollbook.codex.source;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/// Settings of the watch: the `CODEX_HOME` that is watched.
///
/// @param codexHome A `CODEX_HOME` that Rollbook watches. Rollbook imports all threads of this
///   directory, and then new threads and lines as Codex writes them. Rollbook never writes to this
///   directory.
@ConfigurationProperties("rollbook.watch")
public record WatchProperties(@Nullable Path codexHome) {
  public WatchProperties {
    codexHome = codexHome == null ? null : codexHome.toAbsolutePath().normalize();
  }
}
