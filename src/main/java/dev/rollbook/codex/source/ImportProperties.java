package dev.rollbook.codex.source;

import java.nio.file.Path;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings of imports: the directories that imports may read.
///
/// @param roots Directories that imports are allowed to read, such as a `CODEX_HOME`, separated by
///   commas. Symbolic links are resolved first, so imports read nothing outside of these
///   directories.
@ConfigurationProperties("rollbook.import")
public record ImportProperties(@DefaultValue List<Path> roots) {
  public ImportProperties {
    roots = roots.stream().map(root -> root.toAbsolutePath().normalize()).toList();
  }
}
