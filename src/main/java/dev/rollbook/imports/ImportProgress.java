package dev.rollbook.imports;

import dev.rollbook.imports.Imported.Outcome;
import dev.rollbook.model.Unicode;
import dev.rollbook.statedb.ImportRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// How far an import is: counted by the one that runs it, read by those who ask.
final class ImportProgress {
  /// So many files are told by name; all are counted.
  private static final int MOST_PROBLEMS = 100;

  private static final JsonMapper JSON = JsonMapper.shared();

  private final ImportRow row;
  private ImportStatus status;
  private @Nullable Instant startedAt;
  private @Nullable Instant endedAt;
  private @Nullable String error;
  private long filesSeen;
  private long filesDone;
  private long filesUnchanged;
  private long filesFailed;
  private long filesDeleted;
  private long threadsCreated;
  private long items;
  private long quarantinedLines;
  private long bytes;
  private final List<ImportProblem> problems = new ArrayList<>();

  /// @param row of an import that has not begun, or is to begin again
  ImportProgress(ImportRow row) {
    this.row = row;
    this.status = ImportStatus.parse(row.status());
  }

  synchronized void started(Instant at) {
    status = ImportStatus.RUNNING;
    startedAt = at;
  }

  synchronized void seen() {
    filesSeen++;
  }

  synchronized void unchanged(long fileBytes) {
    filesDone++;
    filesUnchanged++;
    bytes += fileBytes;
  }

  synchronized void done(String file, long fileBytes, Imported imported) {
    filesDone++;
    bytes += fileBytes;
    items += imported.items();
    quarantinedLines += imported.quarantined();
    filesUnchanged += imported.outcome() == Outcome.UNCHANGED ? 1 : 0;
    threadsCreated += imported.outcome() == Outcome.CREATED ? 1 : 0;
    if (imported.quarantined() > 0) {
      problem(
          file,
          "%d lines cannot be read: they are kept beside the rollout, in .quarantine"
              .formatted(imported.quarantined()));
    }
    if (imported.remark() != null) {
      problem(file, imported.remark());
    }
  }

  /// The file was passed over.
  synchronized void deleted(String file) {
    filesDeleted++;
    problem(file, "its thread was deleted here: import this file by itself to bring it back");
  }

  /// A file that is not counted, as nobody can tell that it is a rollout.
  synchronized void passedOver(String file, String cause) {
    problem(file, cause);
  }

  synchronized boolean hasSeenFiles() {
    return filesSeen > 0;
  }

  synchronized void failed(String file, String cause) {
    filesFailed++;
    problem(file, cause);
  }

  /// @param reason that it waits for; null while it goes on
  synchronized void waiting(@Nullable String reason) {
    error = text(reason);
  }

  synchronized void ended(ImportStatus with, @Nullable String why, Instant at) {
    status = with;
    error = text(why);
    endedAt = at;
  }

  /// What went wrong may quote what no database stores.
  private static @Nullable String text(@Nullable String cause) {
    return cause == null ? null : Unicode.wellFormed(cause);
  }

  synchronized boolean isOver() {
    return status.isOver();
  }

  @Override
  public synchronized String toString() {
    return "%d files (%d as they were, %d failed, %d of deleted threads), %d threads made, %d items, %d lines in quarantine"
        .formatted(
            filesSeen,
            filesUnchanged,
            filesFailed,
            filesDeleted,
            threadsCreated,
            items,
            quarantinedLines);
  }

  private void problem(String file, String detail) {
    if (problems.size() < MOST_PROBLEMS) {
      problems.add(new ImportProblem(file, detail));
    }
  }

  synchronized ImportRow row() {
    return new ImportRow(
        row.id(),
        row.kind(),
        row.path(),
        status.wireName(),
        row.createdAt(),
        startedAt,
        endedAt,
        filesSeen,
        filesDone,
        filesUnchanged,
        filesFailed,
        filesDeleted,
        threadsCreated,
        items,
        quarantinedLines,
        bytes,
        error,
        JSON.writeValueAsString(problems));
  }
}
