package dev.rollbook.imports;

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
  private final ThreadRows threads;

  SeenFiles(SourceFileRows rows, ThreadRows threads) {
    this.rows = rows;
    this.threads = threads;
  }

  /// Whether all of the file is in its thread, which is still here.
  public boolean isAsItWas(SourceFile file) {
    return rows.has(row(file)) && threads.existsById(file.thread().value());
  }

  /// Whether the file was taken before, maybe under another name, and its thread was deleted since.
  public boolean isUnwanted(SourceFile file) {
    return isDeleted(file.thread()) && rows.existsByThread(file.thread().value());
  }

  public boolean isDeleted(ThreadId thread) {
    return !threads.existsById(thread.value());
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
