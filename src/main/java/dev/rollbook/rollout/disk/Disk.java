package dev.rollbook.rollout.disk;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Interface to the file system. It is so small that a test can make each of its calls fail in
/// turn.
public interface Disk {
  /// Opens a new file for appends; fails if the path exists. Creates parent directories.
  DiskFile create(Path path) throws IOException;

  /// Opens an existing file for appends.
  DiskFile openForAppend(Path path) throws IOException;

  /// Opens a file for appends, and creates it if it is not there. Another process may create it at
  /// the same moment.
  default DiskFile openOrCreate(Path path) throws IOException {
    if (stat(path) == null) {
      try {
        return create(path);
      } catch (FileAlreadyExistsException e) {
        // Another process was faster.
      }
    }
    return openForAppend(path);
  }

  /// Opens an existing file to write within it.
  DiskFile openInPlace(Path path) throws IOException;

  DiskFile openForRead(Path path) throws IOException;

  /// Metadata of the file at the path; null if there is no file.
  @Nullable FileState stat(Path path) throws IOException;

  /// Sets the time of the last modification.
  void setModified(Path path, Instant time) throws IOException;

  /// Renames atomically within one file system, replacing the target.
  void move(Path from, Path to) throws IOException;

  /// Removes the file; true if there was one.
  boolean delete(Path path) throws IOException;

  /// Whether no other program changes its files. A file that is shorter than it was has then lost
  /// bytes that were acknowledged.
  default boolean isExclusive() {
    return false;
  }

  /// Whether other processes of Rollbook append to the files that belong to no thread.
  default boolean isShared() {
    return false;
  }

  /// Makes the names in a directory durable (fsync of the directory).
  void forceDirectory(Path directory) throws IOException;

  /// Makes the creation, move or removal of a file durable.
  default void forceName(Path file) throws IOException {
    forceDirectory(directoryOf(file));
  }

  /// The parent directory of a file.
  static Path directoryOf(Path file) {
    return file.resolveSibling(".").normalize();
  }

  /// The path with all symbolic links resolved; it must exist.
  Path realPath(Path path) throws IOException;

  /// The path with all symbolic links resolved, or the path unchanged if nothing exists at it.
  default Path realPathIfThere(Path path) throws IOException {
    try {
      return realPath(path);
    } catch (NoSuchFileException e) {
      return path;
    }
  }

  /// The entries of a directory, ordered by name, hidden ones included.
  List<Path> list(Path directory) throws IOException;

  /// The same; empty for a directory that does not exist.
  default List<Path> listIfThere(Path directory) throws IOException {
    try {
      return list(directory);
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /// All regular files below a directory, none if it does not exist. Caller must close the stream.
  Stream<Path> walk(Path directory) throws IOException;
}
