package dev.rollbook.codex;

import java.nio.file.Path;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Where exports may be written.
///
/// @param codexHomes directories that a caller may name as `codexHome`; none unless set
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
