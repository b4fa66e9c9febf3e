package dev.rollbook.storage;

import dev.rollbook.model.StartupException;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.FileInput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// File in the target of a copy. As long as it exists, the copy may be repeated, which deletes
/// files that the source no longer has. A service that starts removes it.
public record CopyMarker(Disk disk, Path dataDir) {
  private static final String NAME = "copied_from";

  private Path path() {
    return dataDir.resolve(NAME);
  }

  /// Whether a file of the data-dir is the marker.
  static boolean is(String name) {
    return name.equals(NAME);
  }

  /// Claims an empty target, or one of an earlier copy from the same source.
  ///
  /// @param source for people
  /// @throws StartupException if the target has other files
  void claim(String source) throws IOException {
    if (disk.stat(path()) == null) {
      requireEmpty();
      try (var file = disk.create(path())) {
        file.appendText(source + "\n");
        file.force();
      }
      return;
    }
    try (var in = FileInput.open(disk, path(), 0)) {
      var earlier = new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!earlier.equals(source)) {
        throw new StartupException(
            "The target has the files of an earlier copy from %s.".formatted(earlier),
            "Copy from there again, or choose an empty target.");
      }
    }
  }

  private void requireEmpty() throws IOException {
    for (var directory : DiskCopy.ROLLOUT_DIRECTORIES) {
      try (var files = disk.walk(dataDir.resolve(directory))) {
        if (files.findAny().isPresent()) {
          throw new StartupException(
              "The target of the copy has rollouts that are no copy, or that a service has used"
                  + " since.",
              "Choose an empty target: nothing is overwritten.");
        }
      }
    }
  }

  /// A service uses the files from now on.
  public void remove() throws IOException {
    disk.delete(path());
  }
}
