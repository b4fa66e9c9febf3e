package dev.rollbook.codex.watch;

import dev.rollbook.codex.ingest.ImportResult;
import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.codex.source.SourcePosition;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Import state of one rollout in the watched `CODEX_HOME`. Confined to the Java thread of the
/// watch.
final class WatchedFile {
  /// Codex writes a line at once, so a line that is incomplete for this long is torn.
  private static final Duration SETTLE_TIME = Duration.ofSeconds(30);

  private static final Duration MAX_RETRY_DELAY = Duration.ofSeconds(60);

  private SourceFile file;
  private @Nullable SourceFile taken;
  private @Nullable SourcePosition place;
  private long fingerprint;
  private boolean tailTaken;
  private long nextOrdinal;
  private boolean noted;
  private @Nullable String problem;
  private Duration wait = Duration.ZERO;
  private Instant retryAt = Instant.MIN;

  WatchedFile(SourceFile file) {
    this.file = file;
  }

  SourceFile file() {
    return file;
  }

  /// Records the current state of the file.
  void updateFile(SourceFile found) {
    file = found;
  }

  /// Whether the file may have content that was not imported.
  boolean isBehind() {
    return file.size() > 0 && (problem != null || !file.equals(taken));
  }

  boolean isDue(Instant now) {
    return (isBehind() || hasOldTail(now) || isToBeNoted(now)) && !now.isBefore(retryAt);
  }

  /// Whether Codex may still be writing the last line.
  boolean isGrowing(Instant now) {
    return file.modified().isAfter(now.minus(SETTLE_TIME));
  }

  /// Whether the file ends in an incomplete line that Codex no longer writes.
  private boolean hasOldTail(Instant now) {
    boolean taken = tailTaken && file.equals(this.taken);
    return place != null && place.bytes() < file.size() && !isGrowing(now) && !taken;
  }

  /// The position to continue from; null if the whole file has to be compared.
  @Nullable SourcePosition place(Instant now) {
    var known = taken;
    boolean grown =
        known != null
            && !hasOldTail(now)
            && known.state().key().equals(file.state().key())
            && known.size() != file.size()
            && place != null
            && file.size() >= place.bytes()
            && !file.isCompressed();
    return grown ? place : null;
  }

  /// The next ordinal of the thread when the recorded position was reached.
  long nextOrdinal() {
    return nextOrdinal;
  }

  /// Records that the thread already has the current content of the file.
  void markUnchanged(SourceFile seen) {
    recordPosition(null, seen);
  }

  /// Records an import.
  ///
  /// @param seen the file as it was before it was read
  /// @param ofBytes fingerprint of the bytes before the position
  /// @param tail whether an incomplete last line was imported too
  void recordImport(SourceFile seen, ImportResult imported, long ofBytes, boolean tail) {
    nextOrdinal = imported.nextOrdinal();
    recordPosition(imported.end(), seen);
    fingerprint = ofBytes;
    tailTaken = tail;
  }

  /// Whether the file has changed without growing.
  boolean isPatched() {
    var known = taken;
    return known != null && file.size() <= known.size() && !file.equals(known);
  }

  /// Fingerprint of the bytes before the position when it was reached.
  long fingerprint() {
    return fingerprint;
  }

  private void recordPosition(@Nullable SourcePosition end, SourceFile seen) {
    noted = false;
    taken = seen;
    place = end;
    problem = null;
    wait = Duration.ZERO;
    retryAt = Instant.MIN;
  }

  /// Whether the file was imported completely and is no longer written, but is not recorded as
  /// imported yet.
  boolean isToBeNoted(Instant now) {
    return !noted && taken != null && !isBehind() && !isGrowing(now) && !hasOldTail(now);
  }

  void noted() {
    noted = true;
  }

  boolean wasTaken() {
    return taken != null;
  }

  /// Records that the thread was deleted in Rollbook. The file is not imported again until it
  /// changes.
  void forget(SourceFile seen) {
    recordPosition(null, seen);
    noted = true;
  }

  /// Records that an import was interrupted. The next one may start at once, and compares the whole
  /// file.
  void interrupted() {
    place = null;
    retryAt = Instant.MIN;
  }

  /// Records that an import failed. The next one compares the whole file, after a delay that
  /// doubles with each failure.
  ///
  /// @return whether the cause differs from that of the previous failure
  boolean failed(String cause, Instant now) {
    place = null;
    boolean news = !cause.equals(problem);
    problem = cause;
    wait = wait.isZero() ? Duration.ofSeconds(1) : wait.multipliedBy(2);
    wait = wait.compareTo(MAX_RETRY_DELAY) > 0 ? MAX_RETRY_DELAY : wait;
    retryAt = now.plus(wait);
    return news;
  }

  /// Why the last import failed; null if it did not.
  @Nullable String problem() {
    return problem;
  }
}
