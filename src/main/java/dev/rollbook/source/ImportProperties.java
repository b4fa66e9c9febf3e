package dev.rollbook.source;

import java.nio.file.Path;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What may be imported.
///
/// @param roots directories whose rollouts `POST /v1/imports` may read, such as a `CODEX_HOME`;
///   symbolic links are followed first, and nothing outside is read. None by default
@ConfigurationProperties("rollbook.import")
public record ImportProperties(@DefaultValue List<Path> roots) {
  public ImportProperties {
    roots = roots.stream().map(root -> root.toAbsolutePath().normalize()).toList();
  }
}
