package dev.rollbook.storage;

import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.FileState;
import dev.rollbook.rollout.disk.IoRecovery;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The files of a data-dir that a copy includes, on either disk.
record DataDirFiles(Disk disk, Path dataDir) {
  private static final List<String> ROLLOUTS =
      List.of("sessions", "archived_sessions", "set_aside");

  /// Other files and directories of the data-dir. The search index, the journal of skips, the token
  /// and the lock belong to a machine.
  private static final List<String> OTHERS =
      List.of("session_index.jsonl", "deleted.jsonl", "imports", "retention", "audit", "displaced");

  /// Throws [java.io.UncheckedIOException] while it is read. Caller must close the stream.
  Stream<Path> files() {
    return Stream.concat(rollouts(), below(OTHERS));
  }

  /// Throws [java.io.UncheckedIOException] while it is read. Caller must close the stream.
  Stream<Path> rollouts() {
    return below(ROLLOUTS);
  }

  private Stream<Path> below(List<String> names) {
    return names.stream()
        .map(dataDir::resolve)
        .flatMap(path ->
            IoRecovery.wrapped(() -> disk.stat(path) == null ? disk.walk(path) : Stream.of(path)));
  }

  boolean hasRollouts() throws IOException {
    try (var rollouts = rollouts()) {
      return IoRecovery.unwrapped(() -> rollouts.findAny().isPresent());
    }
  }

  @Nullable FileState stat(Path file) throws IOException {
    return disk.stat(file);
  }

  /// The path that a file of another data-dir has in this one.
  Path pathOf(Path file, DataDirFiles other) {
    return dataDir.resolve(other.dataDir.relativize(file).toString());
  }
}
