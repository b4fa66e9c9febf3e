package dev.rollbook.live;

import dev.rollbook.persistence.Repair;
import dev.rollbook.rollout.line.EncodedLines;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Writes what is pending as soon as the rollout takes it, before anything newer. Guarded by the
/// thread.
final class CatchUp {
  private final LiveState state;
  private final Recorder recorder;
  private final PendingItems pending;
  private final LiveServices services;

  CatchUp(LiveState state, Recorder recorder, PendingItems pending, LiveServices services) {
    this.state = state;
    this.recorder = recorder;
    this.pending = pending;
    this.services = services;
  }

  /// @return why something is still pending; empty where nothing is
  Optional<Recorder.Refusal> run() {
    var refusal = makeFile();
    for (var chunk = pending.first(); refusal.isEmpty() && chunk != null; chunk = pending.first()) {
      refusal = recorder.writeLate(chunk.lines());
      if (refusal.isEmpty()) {
        written(chunk);
      }
    }
    return refusal;
  }

  /// May be asked without the thread's lock.
  boolean isDone() {
    return pending.isEmpty() && recorder.hasFile();
  }

  /// A thread that started on a full disk has no rollout until something is written.
  private Optional<Recorder.Refusal> makeFile() {
    if (recorder.hasFile()) {
      return Optional.empty();
    }
    var refusal = recorder.writeLate(EncodedLines.NONE);
    if (refusal.isEmpty()) {
      state.created();
      state.changed(services.clock().instant());
      services.skips().persisted();
    }
    return refusal;
  }

  /// Whether something pending has to be written before lines that end at an ordinal.
  boolean waitsBefore(long nextOrdinal) {
    var first = pending.first();
    return first != null && first.first() < nextOrdinal;
  }

  /// The gap of what has waited longest; null where nothing does.
  @Nullable UUID firstGap() {
    var first = pending.first();
    return first == null ? null : first.gap();
  }

  /// Tries once more, and drops what will find no place, as its rollout is gone or closed.
  ///
  /// @return false if the disk does not take what may still be written
  boolean givesUp() {
    return !mustWait(run());
  }

  /// The same for callers who need nothing to be pending.
  ///
  /// @throws PersistenceUnavailable if the disk does not take what may still be written
  void giveUp() {
    var refusal = run();
    if (mustWait(refusal)) {
      throw refusal.orElseThrow().problem(state.id());
    }
  }

  private boolean mustWait(Optional<Recorder.Refusal> refusal) {
    boolean fault = refusal.isPresent() && refusal.get().reason().isStorageFault();
    if (!fault) {
      drop();
    }
    return fault;
  }

  /// Nothing of it is to be written any more: it stays a gap like others.
  void drop() {
    for (var chunk = pending.first(); chunk != null; chunk = pending.first()) {
      pending.removeFirst();
      services.gaps().giveUp(state.id(), chunk.gap());
    }
  }

  private void written(PendingItems.Chunk chunk) {
    pending.removeFirst();
    state.caughtUp(chunk);
    state.changed(services.clock().instant());
    services.meters().persistedLate(chunk.items(), chunk.lines().length());
    services.skips().persisted();
    var repair =
        new Repair(state.id(), chunk.gap(), chunk.first(), chunk.next(), Repair.By.SERVICE);
    if (services.repaired(repair)) {
      state.gapClosed();
    }
  }
}
