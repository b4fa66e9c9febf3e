package dev.rollbook.codex.watch;

import dev.rollbook.codex.ingest.ImportResult;
import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.codex.source.SourcePosition;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A rollout that is followed: how it was when all of it was taken, and how far that is. Guarded by
/// the one that watches.
final class FollowedFile {
  /// A line is written in one go: one that is torn for so long stays so.
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

  FollowedFile(SourceFile file) {
    this.file = file;
  }

  SourceFile file() {
    return file;
  }

  /// How it is by now.
  void isNow(SourceFile found) {
    file = found;
  }

  /// Whether there may be something in it that was not taken.
  boolean isBehind() {
    return file.size() > 0 && (problem != null || !file.equals(taken));
  }

  boolean isDue(Instant now) {
    return (isBehind() || hasOldTail(now) || isToBeNoted(now)) && !now.isBefore(retryAt);
  }

  /// Whether somebody may be in the middle of a line.
  boolean isGrowing(Instant now) {
    return file.modified().isAfter(now.minus(SETTLE_TIME));
  }

  /// Whether it ends in a line without its end that nobody goes on with.
  private boolean hasOldTail(Instant now) {
    boolean taken = tailTaken && file.equals(this.taken);
    return place != null && place.bytes() < file.size() && !isGrowing(now) && !taken;
  }

  /// Where to read on; null where all of it has to be compared.
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

  /// The next ordinal of its thread when the place was come to.
  long nextOrdinal() {
    return nextOrdinal;
  }

  /// All of it is in its thread as it was.
  void isAsItWas(SourceFile seen) {
    tookTo(null, seen);
  }

  /// @param seen the file as it was before it was read
  /// @param ofBytes what stood before the place that was come to
  /// @param tail whether a last line without its end was taken too
  void took(SourceFile seen, ImportResult imported, long ofBytes, boolean tail) {
    nextOrdinal = imported.nextOrdinal();
    tookTo(imported.end(), seen);
    fingerprint = ofBytes;
    tailTaken = tail;
  }

  /// Whether it has changed without becoming longer.
  boolean isPatched() {
    var known = taken;
    return known != null && file.size() <= known.size() && !file.equals(known);
  }

  /// What stood before the place when it was come to.
  long fingerprint() {
    return fingerprint;
  }

  private void tookTo(@Nullable SourcePosition end, SourceFile seen) {
    noted = false;
    taken = seen;
    place = end;
    problem = null;
    wait = Duration.ZERO;
    retryAt = Instant.MIN;
  }

  /// Whether all of it was taken, and nobody has written it for a while, but that was not noted.
  boolean isToBeNoted(Instant now) {
    return !noted && taken != null && !isBehind() && !isGrowing(now) && !hasOldTail(now);
  }

  void noted() {
    noted = true;
  }

  boolean wasTaken() {
    return taken != null;
  }

  /// Its thread was deleted here: nothing is taken, unless it changes and the thread is back by
  /// then.
  void forget(SourceFile seen) {
    tookTo(null, seen);
    noted = true;
  }

  /// Some of it may have been taken: the next time, which may be at once, all of it is compared.
  void interrupted() {
    place = null;
    retryAt = Instant.MIN;
  }

  /// The same where something is wrong with it.
  ///
  /// @return whether that is news
  boolean failed(String cause, Instant now) {
    place = null;
    boolean news = !cause.equals(problem);
    problem = cause;
    wait = wait.isZero() ? Duration.ofSeconds(1) : wait.multipliedBy(2);
    wait = wait.compareTo(MAX_RETRY_DELAY) > 0 ? MAX_RETRY_DELAY : wait;
    retryAt = now.plus(wait);
    return news;
  }

  /// Why it could not be taken the last time; null where it could.
  @Nullable String problem() {
    return problem;
  }
}
