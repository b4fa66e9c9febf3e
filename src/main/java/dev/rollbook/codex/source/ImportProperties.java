package dev.rollbook.codex.source;

import java.nio.file.Path;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings of imports: the directories that imports may read.
///
/// @param roots Directories that may be imported from, such as a `CODEX_HOME`, separated by commas.
///   Symbolic links are resolved first; nothing outside of these directories is read.
@ConfigurationProperties("rollbook.import")
public record ImportProperties(@DefaultValue List<Path> roots) {
  public ImportProperties {
    roots = roots.stream().map(root -> root.toAbsolutePath().normalize()).toList();
  }
}
