package dev.rollbook.codex.source;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.disk.FileState;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/// A source file: a rollout of Codex that can be imported.
///
/// When Codex reverts a thread (`thread/revert`), it does not change the thread's file. It
/// continues the thread in a new file that has its own id. The name of the new file has two ids:
/// that of the thread, then that of the file. Each file of a thread is called a segment.
///
/// @param path path of the file, with all symbolic links resolved
/// @param thread thread that the file belongs to
/// @param segment id of the segment: for the first file the id of the thread, for any other file
///   the file's own id
/// @param name name that a copy of the file gets in the data-dir
/// @param archived whether the file is in a directory of archived rollouts
/// @param state size and modification time of the file when it was found
public record SourceFile(
    Path path, ThreadId thread, ThreadId segment, String name, boolean archived, FileState state) {
  /// Order of the segments of one thread, oldest first. Segment ids are of version 7, so they sort
  /// by time.
  public static final Comparator<SourceFile> OLDEST_FIRST =
      Comparator.comparing(SourceFile::isReverted).thenComparing(file -> file.segment.toString());

  private static final int NAME_PREFIX_LENGTH = "rollout-2026-11-22T12-45-58-".length();

  /// Ending of a compressed file.
  public static final String ZSTD = ".zst";

  private static final String SESSIONS = "sessions";
  private static final String ARCHIVED = "archived_sessions";

  private static final String ID =
      "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";

  private static final String STEM =
      "rollout-\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\d-(" + ID + ")(?:_(" + ID + "))?";

  private static final Pattern NAME = Pattern.compile(STEM + "\\.jsonl(?:\\.zst)?");

  /// Names that browsers and people give to copies, such as `... (1).jsonl`.
  private static final Pattern NAME_OF_COPY = Pattern.compile("(" + STEM + ")(?![0-9a-fA-F]).*");

  /// In bytes.
  public long size() {
    return state.size();
  }

  public Instant modified() {
    return state.modified();
  }

  /// The same file with its current state.
  public SourceFile as(FileState now) {
    return new SourceFile(path, thread, segment, name, archived, now);
  }

  /// The same file with the segment id that its content states.
  public SourceFile as(ThreadId other) {
    return new SourceFile(path, thread, other, name, archived, state);
  }

  public boolean isCompressed() {
    return isCompressed(path.toString());
  }

  /// Whether a file of that name is compressed.
  public static boolean isCompressed(String name) {
    return name.endsWith(ZSTD);
  }

  /// Whether the thread was reverted to the point where this file begins.
  public boolean isReverted() {
    return !segment.equals(thread);
  }

  /// Whether this is a later segment of the thread than the given one.
  public boolean isLaterThan(ThreadId other) {
    return isReverted()
        && (other.equals(thread) || segment.toString().compareTo(other.toString()) > 0);
  }

  /// The `CODEX_HOME` of a path: the directory above `sessions` or `archived_sessions`; empty if
  /// there is none.
  public static Optional<Path> home(Path path) {
    for (var at = path.getParent(); at != null; at = at.getParent()) {
      if (at.endsWith(SESSIONS) || at.endsWith(ARCHIVED)) {
        return Optional.ofNullable(at.getParent());
      }
    }
    return Optional.empty();
  }

  /// Whether a file is in a directory of archived rollouts.
  public static boolean isArchived(Path path) {
    return path.getParent() != null && path.getParent().endsWith(ARCHIVED);
  }

  /// Parses the name of a file; empty if it is not that of a rollout.
  public static Optional<SourceFile> of(Path path, FileState state) {
    var fileName = String.valueOf(path.getFileName());
    return Ids.of(fileName)
        .map(ids -> {
          var name = fileName.substring(0, NAME_PREFIX_LENGTH) + ids.thread() + ".jsonl";
          return new SourceFile(path, ids.thread(), ids.segment(), name, isArchived(path), state);
        });
  }

  /// Parses the name of a file that may be a renamed copy; empty if it is not that of a rollout.
  public static Optional<SourceFile> ofCopy(Path path, FileState state) {
    var parts = NAME_OF_COPY.matcher(String.valueOf(path.getFileName()));
    return parts.matches()
        ? of(path.resolveSibling(parts.group(1) + ".jsonl"), state).map(file -> file.at(path))
        : Optional.empty();
  }

  /// The same file at its real path: ids come from the name of the link, too.
  public SourceFile at(Path real) {
    return new SourceFile(real, thread, segment, name, archived, state);
  }

  /// The thread in the name of a file; empty if it is not that of a rollout.
  public static Optional<ThreadId> threadOf(Path file) {
    return Ids.of(String.valueOf(file.getFileName())).map(Ids::thread);
  }

  /// Whether a file of that name is a rollout.
  public static boolean isName(String name) {
    return Ids.of(name).isPresent();
  }

  /// The ids in the name of a file.
  private record Ids(ThreadId thread, ThreadId segment) {
    static Optional<Ids> of(String name) {
      var parts = NAME.matcher(name);
      try {
        if (!parts.matches()) {
          return Optional.empty();
        }
        var thread = ThreadId.parse(parts.group(1));
        var own = parts.group(2);
        return Optional.of(new Ids(thread, own == null ? thread : ThreadId.parse(own)));
      } catch (IllegalArgumentException e) {
        return Optional.empty();
      }
    }
  }
}
