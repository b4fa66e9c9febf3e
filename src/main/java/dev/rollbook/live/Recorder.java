package dev.rollbook.live;

import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.RolloutGoneException;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.RolloutWriter;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.OrdinalRange;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The part of a live thread that writes its rollout, and knows why it does not. Guarded by the
/// thread.
final class Recorder {
  private static final Logger log = LoggerFactory.getLogger(Recorder.class);

  /// Why nothing was written.
  record Refusal(SkipReason reason, String message, @Nullable Throwable cause) {
    /// For callers who cannot be answered without the write.
    PersistenceUnavailable problem(ThreadId thread) {
      return new PersistenceUnavailable(thread, reason, message, cause);
    }
  }

  /// What only [LiveThreads] does to a recorder.
  interface Control {
    void apply(Recorder recorder) throws IOException;
  }

  private final RolloutRef rollout;
  private final ThreadId thread;
  private final AppendGate gate;
  private final RolloutWriter writer;
  private final IdReader recentIds;
  private boolean ordered;
  private volatile @Nullable SkipReason removedFor;

  /// Reads the ids that the rollout has before an ordinal; null where it cannot be read.
  interface IdReader {
    /// @param ordered bytes from the start whose lines all state their ordinals in ascending order
    @Nullable RecentIds before(long nextOrdinal, long ordered);
  }

  /// @param ordered whether all lines of the rollout state their ordinals in ascending order
  Recorder(
      RolloutRef rollout,
      AppendGate gate,
      RolloutWriter writer,
      boolean ordered,
      IdReader recentIds,
      boolean removed) {
    this.rollout = rollout;
    this.thread = rollout.thread();
    this.gate = gate;
    this.writer = writer;
    this.recentIds = recentIds;
    this.ordered = ordered;
    this.removedFor = removed ? SkipReason.RECORDER_REMOVED : null;
  }

  /// Writes all lines, or none and says why.
  Optional<Refusal> write(EncodedLines lines) {
    if (removedFor != null) {
      return refused(removedFor);
    }
    if (!gate.admits()) {
      return refused(SkipReason.WRITER_SHUTTING_DOWN);
    }
    return put(lines);
  }

  /// Writes lines that were refused before; while the service stops too, until the file is closed.
  Optional<Refusal> writeLate(EncodedLines lines) {
    return removedFor == null ? put(lines) : refused(removedFor);
  }

  /// Puts lines where their ordinals belong, also after a shutdown or discard.
  ///
  /// @return false if lines with these ordinals are there already
  /// @throws PersistenceUnavailable while the service stops
  boolean insert(OrdinalRange place, EncodedLines lines) throws IOException {
    if (!gate.admits()) {
      throw refusal(SkipReason.WRITER_SHUTTING_DOWN).problem(thread);
    }
    return writer.insert(place, lines);
  }

  /// Runs an action that writes although the rollout was closed by a shutdown or discard, and
  /// closes it again.
  <T> T evenIfRemoved(Supplier<T> action) {
    if (!isRemoved()) {
      return action.get();
    }
    removedFor = null;
    try {
      return action.get();
    } finally {
      removedFor = SkipReason.RECORDER_REMOVED;
      closeAgain();
    }
  }

  private void closeAgain() {
    try {
      writer.close();
    } catch (IOException notForced) {
      log.debug("rollout of thread {} is forced later", thread, notForced);
    }
  }

  private Optional<Refusal> put(EncodedLines lines) {
    try {
      writer.append(lines);
      return Optional.empty();
    } catch (RolloutGoneException gone) {
      return Optional.of(
          new Refusal(
              SkipReason.ROLLOUT_MISSING, SkipReason.ROLLOUT_MISSING.message(thread), gone));
    } catch (IOException | RuntimeException failed) {
      return Optional.of(fault(failed));
    }
  }

  /// Closes the rollout after it has been forced; what follows is skipped.
  void shutDown() throws IOException {
    removedFor = SkipReason.RECORDER_REMOVED;
    writer.close();
  }

  /// Closes the rollout as it is; what follows is skipped.
  void discard() throws IOException {
    removedFor = SkipReason.RECORDER_REMOVED;
    writer.discard();
  }

  /// The thread is gone for good.
  void threadDeleted() throws IOException {
    removedFor = SkipReason.THREAD_NOT_FOUND;
    writer.discard();
  }

  void reopen() {
    if (removedFor == SkipReason.RECORDER_REMOVED) {
      removedFor = null;
    }
  }

  /// Closes the file; the next write opens it again.
  void rest() throws IOException {
    writer.close();
  }

  /// The same without forcing it, which is done with all others.
  void release() throws IOException {
    writer.discard();
  }

  /// Why nothing is written any more; null while it is.
  @Nullable SkipReason removedFor() {
    return removedFor;
  }

  boolean isRemoved() {
    return removedFor == SkipReason.RECORDER_REMOVED;
  }

  boolean isThreadDeleted() {
    return removedFor == SkipReason.THREAD_NOT_FOUND;
  }

  /// @throws ThreadNotFound if the thread was deleted, though a turn of it may still run
  void requireThread() {
    if (isThreadDeleted()) {
      throw new ThreadNotFound(thread);
    }
  }

  /// Bytes of whole lines, or 0 where the file could not be made yet.
  long bytes() {
    return writer.committed();
  }

  boolean isOrdered() {
    return ordered;
  }

  /// Bytes from the start of the rollout whose lines all state their ordinals in ascending order.
  long orderedBytes() {
    return ordered ? bytes() : 0;
  }

  /// A line that does not state its ordinal was written.
  void lostOrder() {
    ordered = false;
  }

  RolloutRef rollout() {
    return rollout;
  }

  /// Ids that the rollout ends with; null if it cannot be read now.
  @Nullable RecentIds recentIds(long nextOrdinal) {
    return recentIds.before(nextOrdinal, orderedBytes());
  }

  boolean hasFile() {
    return writer.exists();
  }

  private Optional<Refusal> refused(SkipReason reason) {
    return Optional.of(refusal(reason));
  }

  private Refusal refusal(SkipReason reason) {
    return new Refusal(reason, reason.message(thread), null);
  }

  private Refusal fault(Exception failed) {
    return new Refusal(StorageFaults.reason(failed), StorageFaults.message(thread, failed), failed);
  }
}
