package dev.rollbook.storage;

import dev.rollbook.model.StartupException;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.FileState;
import dev.rollbook.rollout.disk.IoRecovery;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Gatherers;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Copies the files of a data-dir from one disk to another, and makes the target equal to the
/// source: it can be repeated after an interruption, and while the source changes.
///
/// A file of the same size and time counts as copied, because a copy gets the time of its source
/// once its SHA-256 was found to be the same. A longer source is continued. A file that does not
/// become equal in two attempts is being written; the next run copies it.
///
/// Nothing in the target is changed that is not as an earlier run has left it ([CopyMarker]), and
/// nothing at all if the source has none of the rollouts of the target: it is then another
/// data-dir, or one whose volume is not mounted. A file is replaced by a move, so that the old one
/// stays until the new one is complete.
final class DiskCopy {
  private static final int ATTEMPTS = 2;

  /// Files that are listed in the marker by one write.
  private static final int BATCH = 100;

  private final DataDirFiles source;
  private final DataDirFiles target;
  private final CopyMarker marker;
  private final IoRecovery.Action fence;
  private final Consumer<Progress> progress;
  private int files;
  private int copied;
  private int deleted;
  private int changing;
  private long bytes;

  /// Counts of a copy.
  ///
  /// @param files files of the source
  /// @param copied files that were written
  /// @param deleted files of the target that the source no longer has
  /// @param changing files that were written during the copy, and are not equal yet
  record Progress(int files, int copied, int deleted, int changing, long bytes) {
    @Override
    public String toString() {
      return "%d files: %d copied (%d MB), %d deleted, %d still being written"
          .formatted(files, copied, bytes >> 20, deleted, changing);
    }
  }

  /// A file of the source whose copy is missing or differs.
  ///
  /// @param present state of the copy; null if it is missing
  private record Outdated(Path file, Path copy, @Nullable FileState present) {}

  /// @param marker that of the target
  /// @param fence fails if another process writes the target
  DiskCopy(
      DataDirFiles source,
      DataDirFiles target,
      CopyMarker marker,
      IoRecovery.Action fence,
      Consumer<Progress> progress) {
    this.source = source;
    this.target = target;
    this.marker = marker;
    this.fence = fence;
    this.progress = progress;
  }

  /// @throws StartupException if a file of the target is not as a copy has left it, or if the
  ///   source is not that of the target
  Progress run() throws IOException {
    requireOnlyCopies();
    requireSameHistory();
    marker.begin();
    try (var all = source.files()) {
      IoRecovery.unwrapped(() -> {
        all.gather(Gatherers.windowFixed(BATCH))
            .forEach(batch -> IoRecovery.wrapped(() -> copy(batch)));
        return true;
      });
    }
    requireSameHistory();
    try (var all = target.files()) {
      IoRecovery.unwrapped(() -> {
        all.forEach(copy -> IoRecovery.wrapped(() -> deleteObsolete(copy)));
        return true;
      });
    }
    fence.run();
    return progress();
  }

  private Progress progress() {
    return new Progress(files, copied, deleted, changing, bytes);
  }

  private void requireOnlyCopies() throws IOException {
    try (var all = target.files()) {
      var other = IoRecovery.unwrapped(() -> all.filter(copy -> !marker.lists(copy)).findAny());
      if (other.isPresent()) {
        throw new StartupException(
            "The target of the copy has files that are no copy, or that a service has used since:"
                + " %s.".formatted(other.get()),
            "Choose an empty target: nothing is overwritten.");
      }
    }
  }

  /// The source must have a rollout of the target; or another file of the target, if that has no
  /// rollouts.
  private void requireSameHistory() throws IOException {
    boolean known =
        target.hasRollouts()
            ? any(target.rollouts(), this::isInSource) || hasThreadOfSource()
            : !any(target.files(), copy -> true) || any(target.files(), this::isInSource);
    if (!known) {
      throw new StartupException(
          "The source %s has none of the files of its earlier copy.".formatted(source.dataDir()),
          "Make sure that its volume is mounted, and that it is the source of that copy. If its"
              + " files were deleted on purpose, choose an empty target.");
    }
  }

  private boolean isInSource(Path copy) {
    return IoRecovery.wrapped(() -> source.stat(source.pathOf(copy, target)) != null);
  }

  /// Rollouts are moved when their threads are archived, and get another name when compressed.
  private boolean hasThreadOfSource() throws IOException {
    Set<ThreadId> threads;
    try (var rollouts = target.rollouts()) {
      threads =
          IoRecovery.unwrapped(
              () -> rollouts.flatMap(DiskCopy::threadOf).collect(Collectors.toSet()));
    }
    return any(source.rollouts(), file -> threadOf(file).anyMatch(threads::contains));
  }

  private static Stream<ThreadId> threadOf(Path file) {
    return DataDir.threadOf(DataDir.plain(file)).stream();
  }

  private static boolean any(Stream<Path> files, Predicate<Path> wanted) throws IOException {
    try (files) {
      return IoRecovery.unwrapped(() -> files.anyMatch(wanted));
    }
  }

  private boolean copy(List<Path> batch) throws IOException {
    var outdated = new ArrayList<Outdated>();
    for (var file : batch) {
      var copy = target.pathOf(file, source);
      var state = source.stat(file);
      var present = target.stat(copy);
      if (state == null || isCopied(state, present)) {
        count(state != null);
      } else {
        if (present != null) {
          marker.requireAsCopied(copy, present);
        }
        outdated.add(new Outdated(file, copy, present));
      }
    }
    fence.run();
    marker.writing(outdated.stream().map(Outdated::copy).toList());
    for (var file : outdated) {
      count(becomesEqual(file));
    }
    return true;
  }

  private void count(boolean equal) {
    files++;
    changing += equal ? 0 : 1;
    progress.accept(progress());
  }

  private static boolean isCopied(FileState state, @Nullable FileState present) {
    return present != null
        && present.size() == state.size()
        && present.modified().toEpochMilli() == state.modified().toEpochMilli();
  }

  /// @return false if the file was changed, moved or deleted meanwhile; the next run copies it
  private boolean becomesEqual(Outdated file) throws IOException {
    boolean equal = false;
    for (int attempt = 0; attempt < ATTEMPTS && !equal; attempt++) {
      var state = source.stat(file.file());
      if (state == null) {
        return false;
      }
      copied += attempt == 0 ? 1 : 0;
      try {
        equal = copy(file, state, attempt > 0);
      } catch (NoSuchFileException | EOFException e) {
        if (isPresent(file.file(), state)) {
          throw e;
        }
      }
    }
    return equal;
  }

  /// Whether the file still has at least these bytes. A deleted file of a database loses them while
  /// it is read.
  private boolean isPresent(Path file, FileState state) throws IOException {
    var now = source.stat(file);
    return now != null && now.key().equals(state.key()) && now.size() >= state.size();
  }

  /// @param anew whether the copy does not begin like its source
  private boolean copy(Outdated file, FileState state, boolean anew) throws IOException {
    var copy = file.copy();
    var present = anew ? target.stat(copy) : file.present();
    if (present != null && (anew || present.size() > state.size())) {
      return replace(file.file(), state, copy);
    }
    if (!write(file.file(), state, copy, present == null ? 0 : present.size(), present == null)) {
      return false;
    }
    completed(copy);
    return true;
  }

  /// Writes the new file elsewhere first. If another process has taken over the database, that
  /// fails, and the old file stays. What an interrupted run leaves there is deleted when the
  /// service starts.
  private boolean replace(Path file, FileState state, Path copy) throws IOException {
    var disk = target.disk();
    var replacement = new DataDir(target.dataDir()).unfinishedCopy();
    try {
      boolean equal = write(file, state, replacement, 0, true);
      if (equal) {
        fence.run();
        disk.move(replacement, copy);
        completed(copy);
      } else {
        disk.delete(replacement);
      }
      return equal;
    } catch (IOException e) {
      IoRecovery.undo(e, () -> disk.delete(replacement));
      throw e;
    }
  }

  /// @return whether the written file is equal to its source
  private boolean write(Path file, FileState state, Path copy, long start, boolean create)
      throws IOException {
    var disk = target.disk();
    try (var in = source.disk().openForRead(file);
        var out = create ? disk.create(copy) : disk.openForAppend(copy)) {
      in.copyTo(out, start, state.size());
      out.force();
      bytes += state.size() - start;
    }
    boolean equal = isEqual(file, copy, state.size());
    if (equal) {
      disk.setModified(copy, state.modified());
    }
    return equal;
  }

  private void completed(Path copy) throws IOException {
    target.disk().forceName(copy);
    var state = target.stat(copy);
    if (state != null) {
      marker.copied(copy, state);
    }
  }

  private boolean isEqual(Path file, Path copy, long size) throws IOException {
    try (var one = source.disk().openForRead(file);
        var other = target.disk().openForRead(copy)) {
      return other.size() == size && Arrays.equals(sha256(one, size), sha256(other, size));
    }
  }

  private static byte[] sha256(DiskFile file, long size) throws IOException {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      for (long at = 0; at < size; at += DiskFile.CHUNK_BYTES) {
        digest.update(file.readFully(at, (int) Math.min(DiskFile.CHUNK_BYTES, size - at)));
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean deleteObsolete(Path copy) throws IOException {
    var present = isInSource(copy) ? null : target.stat(copy);
    if (present == null) {
      return false;
    }
    marker.requireAsCopied(copy, present);
    fence.run();
    boolean found = target.disk().delete(copy);
    marker.deleted(copy);
    deleted++;
    return found;
  }
}
