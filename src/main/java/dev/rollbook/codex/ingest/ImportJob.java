package dev.rollbook.codex.ingest;

import dev.rollbook.access.Owner;
import dev.rollbook.codex.ingest.ImportDirectory.Request;
import dev.rollbook.codex.ingest.ImportResult.Outcome;
import dev.rollbook.codex.ingest.ImportView.ImportStatus;
import dev.rollbook.model.ImportId;
import dev.rollbook.model.WireName;
import dev.rollbook.statedb.ImportRepository;
import dev.rollbook.statedb.ImportRow;
import dev.rollbook.statedb.ImportRow.Counts;
import dev.rollbook.statedb.ImportRow.Times;
import dev.rollbook.text.Unicode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// A queued or running import, with its progress.
///
/// Only the Java thread that runs the import changes the progress; any Java thread may read it.
final class ImportJob {
  static final String PATH = "path";
  static final String UPLOAD = "upload";

  /// Number of problems that are listed with their file; further ones are only counted.
  private static final int MAX_PROBLEMS = 100;

  private static final JsonMapper JSON = JsonMapper.shared();

  private final Request request;
  private final UUID replica;
  private final boolean isTakenOver;
  private volatile boolean cancelled;
  private volatile boolean lost;
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
  private final List<FileProblem> problems = new ArrayList<>();

  /// @param replica that runs it
  ImportJob(Request request, UUID replica) {
    this.request = request;
    this.replica = replica;
    this.isTakenOver = false;
    this.status = ImportStatus.QUEUED;
  }

  /// An import that an earlier process, or another replica, did not finish.
  ///
  /// @param replica that runs it now
  ImportJob(ImportRow row, UUID replica) {
    this.replica = replica;
    this.isTakenOver = true;
    this.request =
        new Request(
            new ImportId(row.id()),
            row.request().kind(),
            row.request().path(),
            row.request().owner(),
            row.times().createdAt());
    this.status = WireName.parse(ImportStatus.class, row.status());
  }

  /// A problem with one file, as shown to people.
  private record FileProblem(String file, String detail) {}

  ImportId id() {
    return request.id();
  }

  /// The requested path; of an upload, the name of its file.
  String path() {
    return request.path();
  }

  Owner owner() {
    return request.owner();
  }

  boolean isUpload() {
    return request.kind().equals(UPLOAD);
  }

  void cancel() {
    cancelled = true;
  }

  boolean isCancelled() {
    return cancelled;
  }

  boolean isTakenOver() {
    return isTakenOver;
  }

  /// Another replica runs it now.
  void lost() {
    lost = true;
  }

  boolean isLost() {
    return lost;
  }

  /// Synchronized so that an older state never overwrites a newer one.
  ///
  /// @return false if the row is not there, or is that of another replica
  synchronized boolean save(ImportRepository rows) {
    return rows.update(row()) == 1;
  }

  synchronized void started(Instant at) {
    status = ImportStatus.RUNNING;
    startedAt = at;
  }

  synchronized void seen() {
    filesSeen++;
  }

  synchronized boolean hasSeenFiles() {
    return filesSeen > 0;
  }

  synchronized void unchanged(long fileBytes) {
    filesDone++;
    filesUnchanged++;
    bytes += fileBytes;
  }

  synchronized void done(String file, long fileBytes, ImportResult imported) {
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

  /// Counts a file that was skipped because its thread was deleted in Rollbook.
  synchronized void deleted(String file) {
    filesDeleted++;
    problem(
        file, "its thread was deleted in Rollbook: import this file by itself to bring it back");
  }

  synchronized void failed(String file, String cause) {
    filesFailed++;
    problem(file, cause);
  }

  /// Adds a problem with a file without counting the file as failed.
  synchronized void problem(String file, String detail) {
    if (problems.size() < MAX_PROBLEMS) {
      problems.add(new FileProblem(file, detail));
    }
  }

  /// @param reason why the import waits; null while it runs
  synchronized void waiting(@Nullable String reason) {
    error = text(reason);
  }

  synchronized void ended(ImportStatus with, @Nullable String why, Instant at) {
    status = with;
    error = text(why);
    endedAt = at;
  }

  /// An error message may quote characters that no database stores.
  private static @Nullable String text(@Nullable String cause) {
    return cause == null ? null : Unicode.wellFormed(cause);
  }

  synchronized boolean isOver() {
    return status.isOver();
  }

  /// What was done so far, for the log.
  @Override
  public synchronized String toString() {
    return ("%d files (%d unchanged, %d failed, %d of deleted threads), %d threads created,"
            + " %d items, %d lines quarantined")
        .formatted(
            filesSeen,
            filesUnchanged,
            filesFailed,
            filesDeleted,
            threadsCreated,
            items,
            quarantinedLines);
  }

  synchronized ImportRow row() {
    return new ImportRow(
        request.id().value(),
        new ImportRow.Request(request.kind(), request.path(), request.owner()),
        status.wireName(),
        new Times(request.createdAt(), startedAt, endedAt),
        new Counts(
            filesSeen,
            filesDone,
            filesUnchanged,
            filesFailed,
            filesDeleted,
            threadsCreated,
            items,
            quarantinedLines,
            bytes),
        error,
        JSON.writeValueAsString(problems),
        replica);
  }
}
