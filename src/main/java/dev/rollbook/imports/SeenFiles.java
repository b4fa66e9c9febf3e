package dev.rollbook.imports;

import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.source.SourceFile;
import dev.rollbook.statedb.SourceFileRow;
import dev.rollbook.statedb.SourceFileRows;
import dev.rollbook.statedb.ThreadRows;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.springframework.stereotype.Component;

/// Remembers which files were taken, and how they were then: one that is as it was need not be read
/// again.
@Component
public class SeenFiles {
  private final SourceFileRows rows;
  private final DeletedThreads deleted;
  private final ThreadRows threads;

  SeenFiles(SourceFileRows rows, DeletedThreads deleted, ThreadRows threads) {
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

  /// All of the file was taken, as it was when it was found.
  public void note(SourceFile file) {
    var row = row(file);
    if (rows.update(row) == 0) {
      rows.insert(row);
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
