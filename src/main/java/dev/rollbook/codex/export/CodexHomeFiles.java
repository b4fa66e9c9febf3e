package dev.rollbook.codex.export;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.disk.AtomicFile;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.FileInput;
import dev.rollbook.rollout.disk.FileState;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Files of a `CODEX_HOME`, which lies outside the data-dir and has the same layout.
@Component
class CodexHomeFiles {
  private final Disk disk;

  CodexHomeFiles(Disk disk) {
    this.disk = disk;
  }

  /// The path with symbolic links resolved; empty if nothing exists there.
  Optional<Path> realPath(Path path) throws IOException {
    try {
      return Optional.of(disk.realPath(path));
    } catch (NoSuchFileException absent) {
      return Optional.empty();
    }
  }

  boolean isFile(Path path) throws IOException {
    return disk.stat(path) != null;
  }

  /// All files of a thread: archived, compressed and reverted ones, too.
  List<Path> rolloutsOf(ThreadId thread, Path home) throws IOException {
    try (var active = walk(home.resolve("sessions"));
        var archived = walk(home.resolve("archived_sessions"))) {
      return Stream.concat(active, archived)
          .filter(file -> isRolloutOf(thread, String.valueOf(file.getFileName())))
          .sorted()
          .toList();
    } catch (UncheckedIOException failed) {
      throw failed.getCause();
    }
  }

  private Stream<Path> walk(Path directory) throws IOException {
    var real = realPath(directory);
    return real.isPresent() ? disk.walk(real.get()) : Stream.empty();
  }

  private static boolean isRolloutOf(ThreadId thread, String name) {
    return name.startsWith("rollout-")
        && name.contains(thread.toString())
        && (name.endsWith(".jsonl") || name.endsWith(".jsonl.zst"));
  }

  /// Writes a file that is not published yet. Caller must close it.
  AtomicFile write(Path target, AtomicFile.Contents contents) throws IOException {
    return AtomicFile.of(disk, target, contents);
  }

  /// Opens a file up to its present end. Caller must close the stream.
  InputStream open(Path file) throws IOException {
    return FileInput.open(disk, file, 0);
  }

  long size(Path file) throws IOException {
    @Nullable FileState state = disk.stat(file);
    return state == null ? 0 : state.size();
  }
}
