package dev.rollbook.codex.source;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.SessionIndex;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Component;

/// Finds the rollouts below a directory, in the order of their paths. In a `CODEX_HOME` it visits
/// `sessions` and then `archived_sessions`. It also finds `session_index.jsonl`, the file with the
/// names of threads.
@Component
public class RolloutFinder {
  private static final List<String> CODEX_HOME = List.of("sessions", "archived_sessions");
  private static final String NAME_INDEX = "session_index.jsonl";

  private final Disk disk;

  RolloutFinder(Disk disk) {
    this.disk = disk;
  }

  /// Callback for what is found, and for what cannot be read.
  public interface Visitor {
    /// Whether the target of a symbolic link may be read.
    boolean admits(Path real) throws IOException;

    void found(SourceFile file);

    /// Called for a file that does not have the name of a rollout.
    default void other(Path real) {}

    /// @param cause shown to people
    void failed(Path path, String cause);

    /// Whether to stop.
    default boolean isDone() {
      return false;
    }
  }

  /// Visits a rollout, or all rollouts below a directory; of a `CODEX_HOME`, only those that Codex
  /// would list.
  public void visit(Path path, Visitor visitor) {
    visit(path, visitor, new HashSet<>());
  }

  /// The index of thread names in a directory; empty if it has none.
  public Optional<Path> nameIndex(Path directory) throws IOException {
    var file = directory.resolve(NAME_INDEX);
    return disk.stat(file) == null ? Optional.empty() : Optional.of(file);
  }

  public Map<ThreadId, SessionIndex.Named> readNames(Path index) throws IOException {
    return SessionIndex.read(disk, index);
  }

  private void visit(Path path, Visitor visitor, Set<Path> seen) {
    if (visitor.isDone()) {
      return;
    }
    try {
      visitReal(path, disk.realPath(path), visitor, seen);
    } catch (IOException e) {
      visitor.failed(path, StorageFaults.shortCause(e));
    }
  }

  private void visitReal(Path path, Path real, Visitor visitor, Set<Path> seen) throws IOException {
    try {
      if (!visitor.admits(real)) {
        visitor.failed(
            path, "leads outside of rollbook.import.roots, or outside of the followed Codex home");
      } else if (SourceFile.isName(String.valueOf(path.getFileName()))) {
        file(path, real, visitor);
      } else if (seen.add(real)) {
        directory(real, visitor, seen);
      }
    } catch (NotDirectoryException e) {
      visitor.other(real);
    }
  }

  private void file(Path path, Path real, Visitor visitor) throws IOException {
    var state = disk.stat(real);
    if (state != null) {
      SourceFile.of(path, state).map(file -> file.at(real)).ifPresent(visitor::found);
    }
  }

  private void directory(Path directory, Visitor visitor, Set<Path> seen) throws IOException {
    var entries = disk.list(directory);
    var home =
        entries.stream()
            .filter(entry -> CODEX_HOME.contains(String.valueOf(entry.getFileName())))
            .sorted((one, other) -> other.compareTo(one))
            .toList();
    for (var entry : home.isEmpty() ? entries : home) {
      visit(entry, visitor, seen);
    }
  }
}
