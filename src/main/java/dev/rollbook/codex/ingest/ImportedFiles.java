package dev.rollbook.codex.ingest;

import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.statedb.SourceFileRepository;
import dev.rollbook.statedb.SourceFileRow;
import dev.rollbook.statedb.ThreadRepository;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.springframework.stereotype.Component;

/// Stores the size and modification time of each imported file, so that an unchanged file need not
/// be read again.
@Component
public class ImportedFiles {
  private final SourceFileRepository rows;
  private final DeletedThreads deleted;
  private final ThreadRepository threads;
  private final Disk disk;

  ImportedFiles(
      SourceFileRepository rows, DeletedThreads deleted, ThreadRepository threads, Disk disk) {
    this.disk = disk;
    this.rows = rows;
    this.deleted = deleted;
    this.threads = threads;
  }

  /// Whether the file is unchanged since it was imported completely, and its thread still exists.
  public boolean isAsItWas(SourceFile file) {
    return rows.has(row(file)) && !isDeleted(file.thread());
  }

  /// Whether the thread of the file was deleted in Rollbook. Versions without tombstones left only
  /// a record that the file was imported, maybe under another name.
  public boolean isUnwanted(SourceFile file) {
    return deleted.contains(file.thread())
        || (isDeleted(file.thread()) && rows.existsByThread(file.thread().value()));
  }

  public boolean isDeleted(ThreadId thread) {
    return deleted.contains(thread) || !threads.existsById(thread.value());
  }

  /// Whether the file was archived when it was imported the last time.
  public boolean wasArchived(SourceFile file) {
    var path = file.path().toString();
    var known = rows.ofThread(file.thread().value());
    return known.stream().anyMatch(row -> row.path().equals(path))
        ? file.archived()
        : movedFrom(file, known).stream().anyMatch(SourceFile::isArchived);
  }

  /// Records that the file was imported completely.
  public void note(SourceFile file) {
    var row = row(file);
    for (var before : movedFrom(file, rows.ofThread(row.threadId()))) {
      rows.remove(row.threadId(), before.toString());
    }
    if (rows.update(row) == 0) {
      rows.insert(row);
    }
  }

  /// Paths in the same home from which the file was imported earlier, and at which it no longer
  /// exists.
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
