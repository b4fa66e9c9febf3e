package dev.rollbook.codex.export;

import dev.rollbook.model.RollbookException.CodexDiffers;
import dev.rollbook.model.RollbookException.CodexHomeNotAllowed;
import dev.rollbook.model.RollbookException.CodexThreadLive;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.disk.AtomicFile;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.IoRecovery;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A `CODEX_HOME` to which threads are exported.
///
/// An export never removes anything that Codex wrote. It creates a file, or replaces a file by a
/// longer one that begins with the same bytes. If Codex has the thread open, the export is refused.
/// Codex has a lock file for each open thread, and deletes the lock file at a regular exit.
///
/// @param root path of the directory, with all symbolic links resolved
record ExportHome(Disk disk, Path root) {
  static final String CREATED = "created";
  static final String EXTENDED = "extended";
  static final String UNCHANGED = "unchanged";

  /// @param outcome [#CREATED], [#EXTENDED] or [#UNCHANGED]
  record Written(Path path, long bytes, String outcome) {}

  /// Opens a home if the operator allowed it. Symbolic links are resolved first.
  ///
  /// @throws CodexHomeNotAllowed also for a directory that does not exist, so that clients cannot
  ///   find out which directories exist
  static ExportHome open(ThreadId thread, String path, List<Path> allowed, Disk disk)
      throws IOException {
    try {
      var given = Path.of(path);
      var real = realPath(given, disk);
      if (given.isAbsolute() && real.isPresent()) {
        for (var home : allowed) {
          if (realPath(home, disk).equals(real)) {
            return new ExportHome(disk, real.get());
          }
        }
      }
    } catch (InvalidPathException e) {
      // An invalid path is not an allowed one.
    }
    throw new CodexHomeNotAllowed(thread, path);
  }

  /// The path with its links resolved; empty if nothing exists at the path.
  private static Optional<Path> realPath(Path path, Disk disk) throws IOException {
    try {
      return Optional.of(disk.realPath(path));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  Path sessionIndex(ThreadId thread) throws IOException {
    return inside(thread, root.resolve("session_index.jsonl"));
  }

  /// The rollout of a thread; of several files, the first one.
  Optional<Path> find(ThreadId thread) throws IOException {
    return rolloutsOf(thread).stream().findFirst();
  }

  /// The file of a segment of a thread that Codex has reverted.
  Optional<Path> findSegment(ThreadId segment) throws IOException {
    var there = rolloutsOf(segment);
    // A file that is the only one and has no segment id in its name may be an export, whose lines
    // are at other offsets.
    boolean wasReverted = there.size() > 1;
    return there.stream()
        .filter(file -> String.valueOf(file.getFileName()).contains("_") != wasReverted)
        .findFirst();
  }

  /// @param name of a new file, below the root
  Written write(ThreadId thread, String name, AtomicFile.Contents contents) throws IOException {
    var there = rolloutsOf(thread);
    if (there.size() > 1) {
      throw new CodexDiffers(thread, said(there.getLast()));
    }
    var target = inside(thread, there.isEmpty() ? root.resolve(name) : there.getFirst());
    try (var file = AtomicFile.of(disk, target, contents)) {
      return settle(thread, file, target);
    }
  }

  private Written settle(ThreadId thread, AtomicFile file, Path target) throws IOException {
    return switch (file.compare()) {
      case SAME -> new Written(target, file.size(), UNCHANGED);
      case DIFFERENT -> throw new CodexDiffers(thread, said(target));
      case NO_TARGET -> publish(thread, file, target, CREATED);
      case LONGER -> publish(thread, file, target, EXTENDED);
    };
  }

  private Written publish(ThreadId thread, AtomicFile file, Path target, String outcome)
      throws IOException {
    requireNotLive(thread);
    long bytes = file.size();
    file.publish(root);
    return new Written(target, bytes, outcome);
  }

  private void requireNotLive(ThreadId thread) throws IOException {
    var lock = root.resolve("thread-writer-locks").resolve(thread + ".lock");
    if (disk.stat(lock) != null) {
      throw new CodexThreadLive(thread, said(lock));
    }
  }

  /// Resolves links, because a link below the root may lead out of it.
  private Path inside(ThreadId thread, Path target) throws IOException {
    var existing = target;
    var real = realPath(existing, disk);
    while (real.isEmpty()) {
      existing = existing.resolveSibling(".").normalize();
      real = realPath(existing, disk);
    }
    if (!real.get().startsWith(root)) {
      throw new CodexHomeNotAllowed(thread, real.get().toString());
    }
    return real.get().resolve(existing.relativize(target)).normalize();
  }

  /// All files of a thread: archived, compressed and reverted ones, too.
  private List<Path> rolloutsOf(ThreadId thread) throws IOException {
    try (var active = walk("sessions");
        var archived = walk("archived_sessions")) {
      return IoRecovery.unwrapped(() ->
          Stream.concat(active, archived)
              .filter(file -> isRolloutOf(thread, String.valueOf(file.getFileName())))
              .sorted()
              .toList());
    }
  }

  private Stream<Path> walk(String directory) throws IOException {
    var real = realPath(root.resolve(directory), disk);
    return real.isPresent() ? disk.walk(real.get()) : Stream.empty();
  }

  private static boolean isRolloutOf(ThreadId thread, String name) {
    return name.startsWith("rollout-")
        && name.contains(thread.toString())
        && (name.endsWith(".jsonl") || name.endsWith(".jsonl.zst"));
  }

  private String said(Path file) {
    return file.startsWith(root) ? root.relativize(file).toString() : file.toString();
  }
}
