package dev.rollbook.codex.ingest;

import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.statedb.SourceFileRow;
import dev.rollbook.statedb.SourceFileRows;
import dev.rollbook.statedb.ThreadRows;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.springframework.stereotype.Component;

/// Remembers which files were taken, and how they were then: one that is as it was need not be read
/// again.
@Component
public class ImportedFiles {
  private final SourceFileRows rows;
  private final DeletedThreads deleted;
  private final ThreadRows threads;
  private final Disk disk;

  ImportedFiles(SourceFileRows rows, DeletedThreads deleted, ThreadRows threads, Disk disk) {
    this.disk = disk;
    this.rows = rows;
    this.deleted = deleted;
    this.threads = threads;
  }

  /// Whether all of the file is in its thread, which is still here.
  public boolean isAsItWas(SourceFile file) {
    return rows.has(row(file)) && !isDeleted(file.thread());
  }

  /// Whether the file's thread was deleted here. Versions without tombstones left no more of it
  /// than that the file was taken, maybe under another name.
  public boolean isUnwanted(SourceFile file) {
    return deleted.contains(file.thread())
        || (isDeleted(file.thread()) && rows.existsByThread(file.thread().value()));
  }

  public boolean isDeleted(ThreadId thread) {
    return deleted.contains(thread) || !threads.existsById(thread.value());
  }

  /// Whether the file lay among the archived ones when it was taken the last time.
  boolean wasArchived(SourceFile file) {
    var path = file.path().toString();
    var known = rows.ofThread(file.thread().value());
    return known.stream().anyMatch(row -> row.path().equals(path))
        ? file.archived()
        : movedFrom(file, known).stream().anyMatch(SourceFile::isArchived);
  }

  /// All of the file was taken, as it was when it was found.
  public void note(SourceFile file) {
    var row = row(file);
    for (var before : movedFrom(file, rows.ofThread(row.threadId()))) {
      rows.remove(row.threadId(), before.toString());
    }
    if (rows.update(row) == 0) {
      rows.insert(row);
    }
  }

  /// Where else in its home the file was taken that it is not any more.
  private List<Path> movedFrom(SourceFile file, List<SourceFileRow> known) {
    return known.stream()
        .map(row -> Path.of(row.path()))
        .filter(path -> !path.equals(file.path()))
        .filter(path -> SourceFile.home(path).equals(SourceFile.home(file.path())))
        .filter(path -> !isThere(path))
        .toList();
  }

  private boolean isThere(Path path) {
    try {
      return disk.stat(path) != null;
    } catch (IOException e) {
      return true;
    }
  }

  private static SourceFileRow row(SourceFile file) {
    return new SourceFileRow(
        file.path().toString(), file.thread().value(), file.size(), modified(file));
  }

  private static Instant modified(SourceFile file) {
    return file.modified().truncatedTo(ChronoUnit.MILLIS);
  }
}
