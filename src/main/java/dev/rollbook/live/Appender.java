package dev.rollbook.live;

import dev.rollbook.event.Event;
import dev.rollbook.event.Event.ItemsAppended;
import dev.rollbook.event.Event.PersistenceSkipped;
import dev.rollbook.live.Recorder.Refusal;
import dev.rollbook.model.AppendOutcome;
import dev.rollbook.model.AppendOutcome.Persisted;
import dev.rollbook.model.AppendOutcome.Skipped;
import dev.rollbook.model.RollbookException.OrdinalConflict;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.Timestamps;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.skips.SkippedWrite;
import io.micrometer.core.instrument.Timer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Appends items to a live thread: assigns ordinals, writes once, and applies the outcome to the
/// thread's state, its gaps, meters and events. Caller must hold the thread lock.
final class Appender {
  private final LiveState state;
  private final Recorder recorder;
  private final ThreadMonitor<?> monitor;
  private final RetryQueue queue;
  private final RecentItemIds ids;
  private final LiveServices services;

  Appender(
      LiveState state,
      Recorder recorder,
      ThreadMonitor<?> monitor,
      RetryQueue queue,
      RecentItemIds ids,
      LiveServices services) {
    this.state = state;
    this.recorder = recorder;
    this.monitor = monitor;
    this.queue = queue;
    this.ids = ids;
    this.services = services;
  }

  /// Author of the items of an append.
  enum Origin {
    /// Sent by a client.
    CLIENT,
    /// Created by Rollbook from a call. Nobody else has a copy, so they are always queued for a
    /// retry.
    ROLLBOOK,
    /// A note of Rollbook on the thread itself: written after a shutdown or discard, too.
    NOTE,
    /// A turn marker: created by Rollbook from a call, without content of a client.
    TURN_MARKER
  }

  /// An append that has ordinals, from `first` on, but is not written yet.
  ///
  /// @param trigger event published before those of the items (e.g. `TurnStarted`), or null
  /// @param triggeredAt when the trigger happened
  record PreparedAppend(
      OrdinalAssignment assignment,
      long first,
      EncodedLines lines,
      @Nullable Event trigger,
      Instant triggeredAt,
      Instant at,
      Timer.Sample sample) {

    List<RolloutItem> items() {
      return assignment.fresh();
    }

    /// The first ordinal after it.
    long next() {
      return first + items().size();
    }
  }

  /// Creates the rollout of a new thread with its first line. If that fails, the first append that
  /// succeeds creates it, and nothing is lost.
  ///
  /// @param first items after the first line, if any
  void create(List<RolloutItem> first) {
    createFile();
    if (!first.isEmpty()) {
      write(first, null, Origin.ROLLBOOK);
    }
    state.changed();
  }

  private void createFile() {
    var refusal = recorder.write(EncodedLines.NONE);
    if (refusal.isEmpty()) {
      state.created();
      return;
    }
    var skip = skip(refusal.get(), 0, 1, Origin.TURN_MARKER);
    services.skips().recordWithoutGap(skip);
    if (state.requiresPersistence()) {
      throw unavailable(skip);
    }
  }

  AppendOutcome write(List<RolloutItem> items, @Nullable Long expected, Origin origin) {
    return write(items, expected, origin, null);
  }

  /// @param expected ordinal of the first item; null for any
  /// @param trigger event published before those of the items, or null
  /// @throws OrdinalConflict if the first item would get another ordinal
  /// @throws PersistenceUnavailable if the thread requires persistence and the write fails
  AppendOutcome write(
      List<RolloutItem> items, @Nullable Long expected, Origin origin, @Nullable Event trigger) {
    long first = state.nextOrdinal();
    var assignment = OrdinalAssignment.of(items, first, () -> ids.before(first));
    if (assignment.fresh().isEmpty()) {
      return duplicates(assignment);
    }
    var prepared = prepare(assignment, expected, first, trigger);
    var refusal = put(prepared.lines(), origin);
    return refusal.isPresent() ? skipped(prepared, refusal.get(), origin) : persisted(prepared);
  }

  /// @param first ordinal of the first item
  /// @throws OrdinalConflict if it is not the expected one
  PreparedAppend prepare(
      OrdinalAssignment assignment, @Nullable Long expected, long first, @Nullable Event trigger) {
    if (expected != null && expected != first) {
      throw new OrdinalConflict(state.id(), expected, first);
    }
    var sample = services.meters().start();
    var now = services.clock().instant();
    var lines = EncodedLines.encode(assignment.fresh(), first, Timestamps.format(now));
    var stated = trigger == null ? null : assignment.fresh().getFirst().timestamp();
    var triggeredAt = stated == null ? now : Timestamps.parse(stated);
    return new PreparedAppend(assignment, first, lines, trigger, triggeredAt, now, sample);
  }

  /// Writes lines after those queued for a retry, and changes nothing else.
  Optional<Refusal> put(EncodedLines lines, Origin origin) {
    return origin == Origin.NOTE
        ? recorder.evenIfRemoved(() -> putAfterQueue(lines, origin))
        : putAfterQueue(lines, origin);
  }

  private Optional<Refusal> putAfterQueue(EncodedLines lines, Origin origin) {
    var stillQueued = queue.flush();
    if (stillQueued.isPresent()) {
      return stillQueued;
    }
    // The snapshot of a turn that begins must not be published before the turn has begun.
    return origin == Origin.CLIENT
        ? monitor.publishSnapshotWhile(() -> recorder.write(lines))
        : recorder.write(lines);
  }

  /// Applies a write that succeeded.
  AppendOutcome persisted(PreparedAppend prepared) {
    var items = prepared.items();
    state.persisted(items, prepared.at());
    state.changed(prepared.at());
    services.skips().persisted();
    services.gaps().wroteBehind(state.id());
    ids.add(items, prepared.first());
    publishItems(prepared, null, null);
    services.meters().persisted(prepared.sample(), items.size(), prepared.lines().length());
    return new Persisted(prepared.assignment().ordinals());
  }

  /// Outcome of an append whose items, if any, were all sent before. Those still queued may have
  /// been written since.
  AppendOutcome duplicates(OrdinalAssignment assignment) {
    var ordinals = assignment.ordinals();
    if (ordinals.duplicates() == 0) {
      return new Persisted(ordinals);
    }
    var refusal = queue.flush();
    if (refusal.isEmpty() || !queue.hasBefore(assignment.next())) {
      return new Persisted(ordinals);
    }
    return new Skipped(
        ordinals, refusal.get().reason(), refusal.get().message(), queue.firstGap(), true);
  }

  private AppendOutcome skipped(PreparedAppend prepared, Refusal refusal, Origin origin) {
    services.meters().skipped(prepared.sample());
    var lines = prepared.lines();
    var skip = skip(refusal, prepared.first(), prepared.next(), origin);
    if (state.requiresPersistence()) {
      services.skips().recordWithoutGap(skip);
      throw unavailable(skip);
    }
    boolean pending = isRetried(skip.reason(), origin) && queue.reserve(lines);
    var own = origin == Origin.CLIENT ? null : lines;
    var gap = services.skips().record(skip, lines.length(), pending, own);
    if (origin == Origin.NOTE) {
      state.noted(prepared.items(), prepared.at());
    }
    state.skipped(prepared.items().size(), gap);
    state.changed(prepared.at());
    if (pending && gap != null) {
      queue.add(
          new RetryQueue.Chunk(gap, state.active(), prepared.first(), prepared.next(), lines));
      ids.add(prepared.items(), prepared.first());
    }
    publishItems(prepared, skip.reason(), gap);
    services
        .events()
        .publish(
            new PersistenceSkipped(
                skip.thread(),
                skip.turn(),
                skip.first(),
                skip.next() - 1,
                skip.reason(),
                skip.message(),
                gap,
                pending),
            prepared.at());
    return new Skipped(
        prepared.assignment().ordinals(), skip.reason(), skip.message(), gap, pending);
  }

  private static boolean isRetried(SkipReason reason, Origin origin) {
    return reason.isStorageFault() || (origin != Origin.CLIENT && reason.leavesGap());
  }

  private void publishItems(
      PreparedAppend prepared, @Nullable SkipReason reason, @Nullable UUID gap) {
    if (prepared.trigger() != null) {
      services.events().publish(prepared.trigger(), prepared.triggeredAt());
    }
    services
        .events()
        .publishItems(
            state.id(),
            () ->
                new ItemsAppended(
                    state.id(),
                    prepared.first(),
                    prepared.lines().lines(),
                    reason == null,
                    reason,
                    gap));
  }

  private SkippedWrite skip(Refusal refusal, long first, long next, Origin origin) {
    return new SkippedWrite(
        state.id(),
        state.active() == null ? null : state.active().id(),
        first,
        next,
        refusal.reason(),
        refusal.message(),
        refusal.cause(),
        origin == Origin.TURN_MARKER);
  }

  private PersistenceUnavailable unavailable(SkippedWrite skip) {
    return new PersistenceUnavailable(state.id(), skip.reason(), skip.message(), skip.cause());
  }
}
