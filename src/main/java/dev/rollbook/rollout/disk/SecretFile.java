package dev.rollbook.rollout.disk;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A small text file with secrets: created with mode 0600, and refused if other users may read it.
///
/// Symbolic links are followed, because Kubernetes replaces a mounted file by changing a link.
public final class SecretFile {
  private static final int MAX_BYTES = 1 << 20;

  private final Disk disk = new LocalDisk();
  private final Path path;

  public SecretFile(Path path) {
    this.path = path.toAbsolutePath().normalize();
  }

  public Path path() {
    return path;
  }

  /// Metadata that differs after every change of the file; null if there is no file.
  public @Nullable FileState state() throws IOException {
    try {
      return disk.stat(disk.realPath(path));
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /// @throws IOException also if other users may read the file, with a sentence that says so
  public String read() throws IOException {
    var real = disk.realPath(path);
    if (OwnerOnlyFiles.isSharedFile(real)) {
      throw new FileSystemException(
          path.toString(), null, "other users may read or write it: run chmod 600 on it");
    }
    try (var file = disk.openForRead(real)) {
      if (file.size() > MAX_BYTES) {
        throw new FileSystemException(path.toString(), null, "it is larger than 1 MB");
      }
      return new String(file.readFully(0, (int) file.size()), StandardCharsets.UTF_8);
    }
  }

  /// Creates the file with the text; fails if the path exists.
  public void create(String text) throws IOException {
    try (var file = disk.create(path)) {
      write(file, text);
    }
    disk.forceName(path);
  }

  /// Appends to an existing file.
  public void append(String text) throws IOException {
    try (var file = disk.openForAppend(disk.realPath(path))) {
      write(file, text);
    }
  }

  private static void write(DiskFile file, String text) throws IOException {
    file.appendText(text);
    file.force();
  }
}
