package dev.rollbook.source;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.FileState;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/// A rollout that somebody else wrote.
///
/// @param path with all symbolic links followed
/// @param thread that the copy of it is, or is to be
/// @param name that the copy of it has
/// @param archived whether it lies where Codex puts archived ones
/// @param state as it was when it was found
public record SourceFile(
    Path path, ThreadId thread, String name, boolean archived, FileState state) {
  private static final int BEGINNING = "rollout-2026-11-22T12-45-58-".length();
  private static final String ZSTD = ".zst";
  private static final String SESSIONS = "sessions";
  private static final String ARCHIVED = "archived_sessions";

  /// What goes on behind a point to which its thread was taken back has an id of its own in its
  /// name.
  private static final Pattern NAME =
      Pattern.compile(
          "rollout-\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\d-([0-9a-fA-F-]{36})"
              + "(?:_([0-9a-fA-F-]{36}))?\\.jsonl(?:\\.zst)?");

  /// In bytes.
  public long size() {
    return state.size();
  }

  public Instant modified() {
    return state.modified();
  }

  /// The same file as it is by now.
  public SourceFile as(FileState now) {
    return new SourceFile(path, thread, name, archived, now);
  }

  public boolean isCompressed() {
    return path.toString().endsWith(ZSTD);
  }

  /// The `CODEX_HOME` that a path lies in: the directory above `sessions` or `archived_sessions`;
  /// empty where it lies in none.
  public static Optional<Path> home(Path path) {
    for (var at = path.getParent(); at != null; at = at.getParent()) {
      if (at.endsWith(SESSIONS) || at.endsWith(ARCHIVED)) {
        return Optional.ofNullable(at.getParent());
      }
    }
    return Optional.empty();
  }

  /// Whether a path lies where Codex puts archived rollouts.
  public static boolean isArchived(Path path) {
    return path.getParent() != null && path.getParent().endsWith(ARCHIVED);
  }

  /// What a file is, by its name; empty for one that is no rollout.
  static Optional<SourceFile> of(Path path, FileState state) {
    var fileName = String.valueOf(path.getFileName());
    return thread(fileName)
        .map(thread -> {
          var name = fileName.substring(0, BEGINNING) + thread + ".jsonl";
          return new SourceFile(path, thread, name, isArchived(path), state);
        });
  }

  /// The same file by another path: its names tell what it is, also where they are links.
  SourceFile at(Path real) {
    return new SourceFile(real, thread, name, archived, state);
  }

  /// The thread whose rollout a file is by its name; empty for a file that is no rollout.
  public static Optional<ThreadId> threadOf(Path file) {
    return thread(String.valueOf(file.getFileName()));
  }

  /// Whether a file of that name is a rollout.
  public static boolean isName(String name) {
    return thread(name).isPresent();
  }

  private static Optional<ThreadId> thread(String name) {
    var parts = NAME.matcher(name);
    try {
      return parts.matches()
          ? Optional.of(ThreadId.parse(parts.group(2) == null ? parts.group(1) : parts.group(2)))
          : Optional.empty();
    } catch (IllegalArgumentException notAnId) {
      return Optional.empty();
    }
  }
}
