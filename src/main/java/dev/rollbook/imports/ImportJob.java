package dev.rollbook.imports;

import dev.rollbook.model.ImportId;
import dev.rollbook.source.ImportRequests;
import dev.rollbook.statedb.ImportRow;
import dev.rollbook.statedb.ImportRows;
import java.util.concurrent.atomic.AtomicBoolean;

/// An import that waits or runs.
final class ImportJob {
  static final String PATH = "path";
  static final String UPLOAD = "upload";

  private final ImportRow row;
  private final ImportProgress progress;
  private final AtomicBoolean cancelled = new AtomicBoolean();

  ImportJob(ImportRow row) {
    this.row = row;
    this.progress = new ImportProgress(row);
  }

  /// The row of an import that has not begun.
  static ImportRow queued(ImportRequests.Request request) {
    return new ImportRow(
        request.id().value(),
        request.kind(),
        request.path(),
        ImportStatus.QUEUED.wireName(),
        request.createdAt(),
        null,
        null,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        null,
        "[]");
  }

  ImportId id() {
    return new ImportId(row.id());
  }

  /// As it was asked for; of an upload, its name.
  String path() {
    return row.path();
  }

  boolean isUpload() {
    return row.kind().equals(UPLOAD);
  }

  ImportProgress progress() {
    return progress;
  }

  /// One at a time: what is older must not come last.
  synchronized void save(ImportRows rows) {
    rows.update(progress.row());
  }

  void cancel() {
    cancelled.set(true);
  }

  boolean isCancelled() {
    return cancelled.get();
  }
}
