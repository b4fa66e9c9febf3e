package dev.rollbook.codex.source;

import dev.rollbook.rollout.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/// Which directories may be read: those that the operator named, and nothing outside of them.
@Component
public class SourceRoots {
  private final Disk disk;
  private final List<Path> roots;

  SourceRoots(Disk disk, ImportProperties imports, WatchProperties watch) {
    this.disk = disk;
    this.roots =
        Stream.concat(imports.roots().stream(), Stream.ofNullable(watch.codexHome())).toList();
  }

  /// Where a path leads to when all symbolic links are followed; empty if that is outside.
  ///
  /// @throws java.nio.file.NoSuchFileException if nothing is there, and it would be inside
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
