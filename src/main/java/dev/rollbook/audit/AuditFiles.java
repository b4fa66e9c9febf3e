package dev.rollbook.audit;

import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.IoRecovery;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The files of the audit, one for each day (UTC).
///
/// A write that fails is truncated. If that fails too, or after a crash, the torn line gets a line
/// feed before the next line, so that it cannot damage that line.
///
/// Not thread-safe.
final class AuditFiles {
  private final Disk disk;
  private final DataDir dataDir;

  /// The file that was written last, whose name is durable; null if there is none.
  private @Nullable Path current;

  /// Whether the current file may end within a line.
  private boolean torn;

  AuditFiles(Disk disk, DataDir dataDir) {
    this.disk = disk;
    this.dataDir = dataDir;
  }

  /// Appends lines, and returns when they are on the disk.
  void append(LocalDate day, String lines) throws IOException {
    IoRecovery.retryAfterInterrupt(() -> appendOnce(dataDir.audit(day), lines));
  }

  private Path appendOnce(Path path, String lines) throws IOException {
    boolean isNew = disk.stat(path) == null;
    if (!isNew && !path.equals(current)) {
      torn = !endsWithLineFeed(path);
    }
    try (var file = disk.openOrCreate(path)) {
      write(file, isNew || !torn ? lines : "\n" + lines);
    }
    if (isNew || !path.equals(current)) {
      disk.forceName(path);
      disk.forceName(dataDir.auditDirectory());
      current = path;
    }
    return path;
  }

  private void write(DiskFile file, String text) throws IOException {
    long before = file.size();
    try {
      file.appendText(text);
      file.force();
      torn = false;
    } catch (IOException e) {
      torn = true;
      IoRecovery.undo(e, () -> file.truncate(before));
      throw e;
    }
  }

  private boolean endsWithLineFeed(Path path) throws IOException {
    try (var file = disk.openForRead(path)) {
      long size = file.size();
      return size == 0 || file.readFully(size - 1, 1)[0] == '\n';
    }
  }

  /// Deletes the files of all days before this one.
  ///
  /// @return the deleted files
  List<Path> deleteBefore(LocalDate day) throws IOException {
    var oldest = String.valueOf(dataDir.audit(day).getFileName());
    var old =
        disk.listIfThere(dataDir.auditDirectory()).stream()
            .filter(DataDir::isAudit)
            .filter(file -> String.valueOf(file.getFileName()).compareTo(oldest) < 0)
            .toList();
    for (var file : old) {
      disk.delete(file);
    }
    return old;
  }
}
