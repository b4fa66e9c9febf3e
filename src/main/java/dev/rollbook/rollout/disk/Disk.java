package dev.rollbook.rollout.disk;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The one seam to the file system: small, so that a test can fail every call of it in turn.
public interface Disk {
  /// Opens a new file for appends; fails if the path is taken. Parent directories are made.
  DiskFile create(Path path) throws IOException;

  /// Opens an existing file for appends.
  DiskFile openForAppend(Path path) throws IOException;

  /// Opens an existing file to write within it.
  DiskFile openInPlace(Path path) throws IOException;

  DiskFile openForRead(Path path) throws IOException;

  /// What lies at the path, or null for nothing.
  @Nullable FileState stat(Path path) throws IOException;

  /// Says when the file was written last.
  void setModified(Path path, Instant time) throws IOException;

  /// Renames within one file system; never half done.
  void move(Path from, Path to) throws IOException;

  /// Removes the file; true if there was one.
  boolean delete(Path path) throws IOException;

  /// Makes the names in a directory durable.
  void forceDirectory(Path directory) throws IOException;

  /// Makes the name of a file durable: that it was created, moved or removed.
  default void forceName(Path file) throws IOException {
    forceDirectory(directoryOf(file));
  }

  /// The directory that a file lies in.
  static Path directoryOf(Path file) {
    return file.resolveSibling(".").normalize();
  }

  /// The path that remains when all symbolic links are followed; it has to be there.
  Path realPath(Path path) throws IOException;

  /// The same, or the path as it is where nothing is there.
  default Path realPathIfThere(Path path) throws IOException {
    try {
      return realPath(path);
    } catch (NoSuchFileException absent) {
      return path;
    }
  }

  /// What a directory holds, in the order of the names; hidden files too.
  List<Path> list(Path directory) throws IOException;

  /// All regular files below a directory, none if it does not exist. To be closed.
  Stream<Path> walk(Path directory) throws IOException;
}
