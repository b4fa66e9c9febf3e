package dev.rollbook.rollout.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// What [java.nio.file.Files] does, on any disk.
public record DiskFiles(Disk disk) {
  public byte[] readAllBytes(Path path) throws IOException {
    try (var in = FileInput.open(disk, path, 0)) {
      return in.readAllBytes();
    }
  }

  public String readString(Path path) throws IOException {
    return new String(readAllBytes(path), StandardCharsets.UTF_8);
  }

  /// Replaces the bytes of a file, which need not exist.
  public void write(Path path, byte[] bytes) throws IOException {
    try (var file = disk.stat(path) == null ? disk.create(path) : disk.openForAppend(path)) {
      file.truncate(0);
      file.appendAll(ByteBuffer.wrap(bytes));
    }
  }

  public void writeString(Path path, String text) throws IOException {
    write(path, text.getBytes(StandardCharsets.UTF_8));
  }

  /// Appends to a file, which need not exist.
  public void append(Path path, String text) throws IOException {
    try (var file = disk.stat(path) == null ? disk.create(path) : disk.openForAppend(path)) {
      file.appendText(text);
    }
  }

  public boolean exists(Path path) throws IOException {
    return disk.stat(path) != null;
  }

  public long size(Path path) throws IOException {
    return disk.stat(path).size();
  }

  public List<String> readAllLines(Path path) throws IOException {
    return readString(path).lines().toList();
  }

  /// @return the new path
  public Path move(Path from, Path to) throws IOException {
    disk.move(from, to);
    return to;
  }

  public void delete(Path path) throws IOException {
    disk.delete(path);
  }

  /// All files below a directory.
  public List<Path> below(Path directory) throws IOException {
    try (var found = disk.walk(directory)) {
      return found.toList();
    }
  }

  /// Names of the files in the directory of a file, itself not among them.
  public List<String> beside(Path path) throws IOException {
    return disk.listIfThere(Disk.directoryOf(path)).stream()
        .filter(file -> !file.equals(path))
        .map(file -> file.getFileName().toString())
        .toList();
  }
}
