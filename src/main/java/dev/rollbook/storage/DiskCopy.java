package dev.rollbook.storage;

import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.FileState;
import dev.rollbook.rollout.disk.IoRecovery;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Copies the files of a data-dir from one disk to another, and makes the target equal to the
/// source: it can be repeated after an interruption, and while the source changes.
///
/// A file of the same size and time counts as copied, because a copy gets the time of its source
/// once its SHA-256 was found to be the same. A longer source is continued. A file that does not
/// become equal in two attempts is being written; the next run copies it.
final class DiskCopy {
  static final List<String> ROLLOUT_DIRECTORIES =
      List.of("sessions", "archived_sessions", "set_aside");

  /// Other files and directories of the data-dir. The search index, the journal of skips, the token
  /// and the lock belong to a machine.
  private static final List<String> OTHERS =
      List.of("session_index.jsonl", "deleted.jsonl", "imports", "retention", "audit");

  private static final int ATTEMPTS = 2;

  private final Disk source;
  private final Path from;
  private final Disk target;
  private final Path to;
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

  DiskCopy(Disk source, Path from, Disk target, Path to, Consumer<Progress> progress) {
    this.source = source;
    this.from = from;
    this.target = target;
    this.to = to;
    this.progress = progress;
  }

  Progress run() throws IOException {
    try (var all = files(source, from)) {
      IoRecovery.unwrapped(() -> {
        all.forEach(file -> IoRecovery.wrapped(() -> copy(file)));
        return true;
      });
    }
    try (var all = files(target, to)) {
      IoRecovery.unwrapped(() -> {
        all.forEach(file -> IoRecovery.wrapped(() -> deleteObsolete(file)));
        return true;
      });
    }
    return progress();
  }

  private Progress progress() {
    return new Progress(files, copied, deleted, changing, bytes);
  }

  private static Stream<Path> files(Disk disk, Path dataDir) {
    return Stream.concat(ROLLOUT_DIRECTORIES.stream(), OTHERS.stream())
        .map(dataDir::resolve)
        .flatMap(path ->
            IoRecovery.wrapped(() -> disk.stat(path) == null ? disk.walk(path) : Stream.of(path)));
  }

  private boolean copy(Path file) throws IOException {
    var copy = to.resolve(from.relativize(file).toString());
    files++;
    try {
      boolean equal = false;
      for (int attempt = 0; attempt < ATTEMPTS && !equal; attempt++) {
        equal = copy(file, copy, attempt > 0);
      }
      changing += equal ? 0 : 1;
    } catch (NoSuchFileException e) {
      // It was moved or deleted meanwhile; the next run finds it at its new path.
      changing++;
    }
    progress.accept(progress());
    return true;
  }

  /// @param anew whether the copy does not begin like its source
  private boolean copy(Path file, Path copy, boolean anew) throws IOException {
    var state = source.stat(file);
    var present = target.stat(copy);
    if (state == null || isCopied(state, present)) {
      return state != null;
    }
    if (present != null && (anew || present.size() > state.size())) {
      target.delete(copy);
      present = null;
    }
    copied += anew ? 0 : 1;
    try (var in = source.openForRead(file);
        var out = present == null ? target.create(copy) : target.openForAppend(copy)) {
      long start = present == null ? 0 : present.size();
      in.copyTo(out, start, state.size());
      out.force();
      bytes += state.size() - start;
    }
    boolean equal = isEqual(file, copy, state.size());
    if (equal) {
      target.setModified(copy, state.modified());
      target.forceName(copy);
    }
    return equal;
  }

  private static boolean isCopied(FileState state, @Nullable FileState present) {
    return present != null
        && present.size() == state.size()
        && present.modified().toEpochMilli() == state.modified().toEpochMilli();
  }

  private boolean isEqual(Path file, Path copy, long size) throws IOException {
    try (var one = source.openForRead(file);
        var other = target.openForRead(copy)) {
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
    if (source.stat(from.resolve(to.relativize(copy).toString())) == null) {
      deleted++;
      return target.delete(copy);
    }
    return false;
  }
}
