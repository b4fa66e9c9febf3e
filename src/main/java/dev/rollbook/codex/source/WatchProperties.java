package dev.rollbook.codex.source;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/// Whose history is followed.
///
/// @param codexHome A `CODEX_HOME` whose threads appear here as they are written. It is only read.
@ConfigurationProperties("rollbook.watch")
public record WatchProperties(@Nullable Path codexHome) {
  public WatchProperties {
    codexHome = codexHome == null ? null : codexHome.toAbsolutePath().normalize();
  }
}
