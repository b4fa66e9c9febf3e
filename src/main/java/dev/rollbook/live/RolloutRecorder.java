package dev.rollbook.live;

import dev.rollbook.live.LiveThreadLock.StaleThreadException;
import dev.rollbook.model.RollbookException.OutcomeUnknown;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.PartlyWrittenException;
import dev.rollbook.rollout.RolloutAheadException;
import dev.rollbook.rollout.RolloutGoneException;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.RolloutWriter;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.OwnershipLostException;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.OrdinalRange;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writer of the rollout of a live thread. If a write is refused or fails, the reason is returned.
/// If another process has written the rollout since the thread was loaded, a write throws
/// [OutdatedThreadException]; if it has taken over the thread, [StaleThreadException]. Caller must
/// hold the thread lock.
final class RolloutRecorder {
  private static final Logger log = LoggerFactory.getLogger(RolloutRecorder.class);

  /// Why a write was refused.
  record Refusal(SkipReason reason, String message, @Nullable Throwable cause) {
    /// For callers that need the write.
    PersistenceUnavailable problem(ThreadId thread) {
      return new PersistenceUnavailable(thread, reason, message, cause);
    }
  }

  /// Closes or discards a recorder, for [LiveThreads].
  interface Control {
    void apply(RolloutRecorder recorder) throws IOException;
  }

  private final RolloutRef rollout;
  private final ThreadId thread;
  private final ShutdownGate gate;
  private final RolloutWriter writer;
  private boolean ordered;
  private volatile @Nullable SkipReason removedFor;
  private int losses;

  /// @param ordered whether all lines of the rollout state their ordinals in ascending order
  RolloutRecorder(
      RolloutRef rollout,
      ShutdownGate gate,
      RolloutWriter writer,
      boolean ordered,
      boolean removed) {
    this.rollout = rollout;
    this.thread = rollout.thread();
    this.gate = gate;
    this.writer = writer;
    this.ordered = ordered;
    this.removedFor = removed ? SkipReason.RECORDER_REMOVED : null;
  }

  /// Writes all lines or none.
  ///
  /// @return why none was written
  Optional<Refusal> write(EncodedLines lines) {
    var refused = refusedNow();
    return refused.isPresent() ? refused : put(lines);
  }

  /// Writes lines that were refused before, also while the service stops, until the file is closed.
  Optional<Refusal> writeLate(EncodedLines lines) {
    return removedFor == null ? put(lines) : refused(removedFor);
  }

  /// Inserts lines where their ordinals belong, also after a shutdown or discard.
  ///
  /// @return false if the rollout already has lines with these ordinals
  /// @throws PersistenceUnavailable while the service stops
  boolean insert(OrdinalRange range, EncodedLines lines) throws IOException {
    if (!gate.admits()) {
      throw refusal(SkipReason.WRITER_SHUTTING_DOWN).problem(thread);
    }
    try {
      return writer.insert(range, lines);
    } catch (RolloutAheadException e) {
      throw new OutdatedThreadException(thread, e);
    } catch (OwnershipLostException e) {
      throw stale(e);
    }
  }

  /// Runs an action that writes even after a shutdown or discard, and closes the rollout again.
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
    } catch (IOException e) {
      log.debug("rollout of thread {} is synced later", thread, e);
    }
  }

  /// Runs an action that writes lines without ordinals. They must not take those of lines that the
  /// storage has lost: a loss is found before the action, or refuses the write.
  ///
  /// @throws PersistenceUnavailable if the file cannot be written
  void whileOpen(Runnable action) {
    var refused = refusedNow();
    if (refused.isPresent()) {
      throw refused.get().problem(thread);
    }
    try {
      writer.whileOpen(action);
    } catch (IOException e) {
      throw refusal(e).problem(thread);
    }
  }

  /// Opens the file, before changes that are not repeated. Why it cannot be opened, the write will
  /// say. Does nothing if the rollout is a local file, or does not exist yet.
  ///
  /// @throws OutdatedThreadException if another process has written the rollout
  void requireCurrent() {
    if (hasFile()) {
      attempt(() -> writer.whileOpen(() -> {}));
    }
  }

  /// @param listener called before anything is written to a rollout that has lost items
  void onLoss(RolloutWriter.LossListener listener) {
    writer.onLoss(tail -> {
      listener.lost(tail);
      losses++;
    });
  }

  /// Looks for persisted items that the storage has lost, and closes the file. Does nothing if the
  /// rollout is a local file.
  ///
  /// @throws RolloutGoneException if the storage has lost the rollout
  void findLoss() throws IOException {
    if (!isThreadDeleted()) {
      try {
        writer.findLoss();
      } catch (RolloutAheadException e) {
        log.debug("rollout of thread {} is read when the thread is loaded again", thread, e);
      } catch (RuntimeException e) {
        throw new IOException("rollout of thread %s cannot be read now".formatted(thread), e);
      }
    }
  }

  /// Number of losses so far: after each, what is known of the rollout's items is obsolete.
  int losses() {
    return losses;
  }

  private Optional<Refusal> refusedNow() {
    if (removedFor != null) {
      return refused(removedFor);
    }
    return gate.admits() ? Optional.empty() : refused(SkipReason.WRITER_SHUTTING_DOWN);
  }

  private Optional<Refusal> put(EncodedLines lines) {
    return attempt(() -> writer.append(lines));
  }

  private Optional<Refusal> attempt(IoRecovery.Action action) {
    try {
      action.run();
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      return Optional.of(refusal(e));
    }
  }

  /// The thread is looked up again, which finds its new owner.
  private StaleThreadException stale(OwnershipLostException e) {
    log.debug("rollout of thread {} is written by another replica", thread, e);
    return new StaleThreadException();
  }

  /// Fsyncs and closes the rollout; later appends are skipped.
  void shutDown() throws IOException {
    removedFor = SkipReason.RECORDER_REMOVED;
    writer.close();
  }

  /// Closes the rollout without fsync; later appends are skipped.
  void discard() throws IOException {
    removedFor = SkipReason.RECORDER_REMOVED;
    writer.discard();
  }

  /// The thread was deleted.
  void threadDeleted() throws IOException {
    removedFor = SkipReason.THREAD_NOT_FOUND;
    writer.discard();
  }

  void reopen() {
    if (removedFor == SkipReason.RECORDER_REMOVED) {
      removedFor = null;
    }
  }

  /// Fsyncs and closes the file; the next write opens it again.
  void closeFile() throws IOException {
    writer.close();
  }

  /// Closes the file without fsync, which the periodic sync of all files does.
  void releaseFile() throws IOException {
    writer.discard();
  }

  /// Why all appends are skipped; null while they are written.
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

  /// Bytes of whole lines; 0 if the file could not be created yet.
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

  /// Records that a line without its ordinal was written.
  void lostOrder() {
    ordered = false;
  }

  RolloutRef rollout() {
    return rollout;
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

  /// @throws OutdatedThreadException if another process has written the rollout
  /// @throws StaleThreadException if another process has taken over the thread
  /// @throws OutcomeUnknown if it has done so in the middle of the write
  private Refusal refusal(Exception failed) {
    if (failed instanceof OwnershipLostException lost) {
      throw stale(lost);
    }
    if (failed instanceof PartlyWrittenException) {
      throw new OutcomeUnknown(thread, failed);
    }
    if (failed instanceof RolloutAheadException) {
      throw new OutdatedThreadException(thread, failed);
    }
    if (failed instanceof RolloutGoneException) {
      var missing = SkipReason.ROLLOUT_MISSING;
      return new Refusal(missing, missing.message(thread), failed);
    }
    return new Refusal(StorageFaults.reason(failed), StorageFaults.message(thread, failed), failed);
  }
}
