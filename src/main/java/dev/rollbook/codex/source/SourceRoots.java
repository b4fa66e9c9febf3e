package dev.rollbook.codex.source;

import dev.rollbook.rollout.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/// The directories that imports may read, as set by the operator.
@Component
public class SourceRoots {
  private final Disk disk;
  private final List<Path> roots;

  SourceRoots(Disk disk, ImportProperties imports, WatchProperties watch) {
    this.disk = disk;
    this.roots =
        Stream.concat(imports.roots().stream(), Stream.ofNullable(watch.codexHome())).toList();
  }

  /// Resolves all symbolic links of a path; empty if it leads outside.
  ///
  /// @throws java.nio.file.NoSuchFileException if a path inside does not exist
  public Optional<Path> resolve(Path path) throws IOException {
    var normal = path.toAbsolutePath().normalize();
    try {
      var real = disk.realPath(normal);
      return contains(real) ? Optional.of(real) : Optional.empty();
    } catch (IOException e) {
      if (roots.stream().anyMatch(normal::startsWith)) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private boolean contains(Path real) throws IOException {
    for (var root : roots) {
      if (real.startsWith(disk.realPathIfThere(root))) {
        return true;
      }
    }
    return false;
  }
}
