package dev.rollbook.codex.export;

import java.nio.file.Path;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings of exports: the directories that exports may write to.
///
/// @param codexHomes Directories that exports are allowed to write to, as absolute paths separated
///   by commas. Symbolic links are resolved first.
@ConfigurationProperties("rollbook.export")
record ExportProperties(@DefaultValue List<Path> codexHomes) {
  ExportProperties {
    for (var home : codexHomes) {
      if (!home.isAbsolute()) {
        throw new IllegalArgumentException(
            "rollbook.export.codex-homes must be absolute paths but has " + home);
      }
    }
  }
}
