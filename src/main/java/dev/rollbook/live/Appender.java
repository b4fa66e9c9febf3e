package dev.rollbook.live;

import dev.rollbook.event.Event;
import dev.rollbook.event.Event.ItemsAppended;
import dev.rollbook.event.Event.PersistenceSkipped;
import dev.rollbook.live.RolloutRecorder.Refusal;
import dev.rollbook.lock.GroupCommit.Entry;
import dev.rollbook.model.AppendOutcome;
import dev.rollbook.model.AppendOutcome.Persisted;
import dev.rollbook.model.AppendOutcome.Skipped;
import dev.rollbook.model.RollbookException.OrdinalConflict;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.Timestamps;
import dev.rollbook.model.TurnId;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.skips.SkippedWrite;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Appends items to a live thread: assigns ordinals, writes once, and applies the outcome to the
/// thread's state, its gaps, meters and events. Caller must hold the thread lock.
///
/// A group of appends (`lock.GroupCommit`) takes one write and one fsync. Each append gets its own
/// ordinals, outcome and events, as if the appends had been written one after the other. If the
/// write of the group fails, each append is written alone, so that each gets its own outcome.
record Appender(
    LiveState state,
    RolloutRecorder recorder,
    LiveThreadLock<?> monitor,
    RetryQueue queue,
    RecentItemIds ids,
    LiveServices services) {
  private static final Logger log = LoggerFactory.getLogger(Appender.class);

  /// Author of the items of an append.
  enum Author {
    /// Sent by a client.
    CLIENT,
    /// Created by Rollbook from a call. No client has a copy, so these items are always queued for
    /// a retry.
    ROLLBOOK,
    /// A note of Rollbook on the thread itself: written after a shutdown or discard, too.
    NOTE,
    /// A turn marker: created by Rollbook from a call, without content of a client.
    TURN_MARKER
  }

  /// An append of a client.
  ///
  /// @param turn that the items belong to; null for none
  /// @param expectedOrdinal of the first item; null for any
  /// @param beforeStop whether it arrived before the service began to stop
  record Request(
      List<RolloutItem> items,
      @Nullable TurnId turn,
      @Nullable Long expectedOrdinal,
      boolean beforeStop) {

    /// Approximate size of the lines.
    int bytes() {
      long bytes = 0;
      for (var item : items) {
        bytes += item.payload().length() + (item.metadata() == null ? 0 : item.metadata().length());
      }
      return Math.clamp(bytes, 0, Integer.MAX_VALUE);
    }
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
  void createFile() {
    state.changed();
    var refusal = recorder.write(EncodedLines.NONE);
    if (refusal.isEmpty()) {
      state.created();
      return;
    }
    var skip = skip(refusal.get(), 0, 1, Author.TURN_MARKER);
    services.skips().recordWithoutGap(skip);
    if (state.requiresPersistence()) {
      throw unavailable(skip);
    }
  }

  /// Removes the file of a thread whose start failed. A comparison would otherwise restore the
  /// thread from the file.
  void removeFile() {
    try {
      try {
        recorder.threadDeleted();
      } finally {
        services.rollouts().delete(recorder.rollout());
      }
    } catch (IOException e) {
      log.warn(
          "rollout {} of a thread whose start failed could not be removed: {}",
          recorder.rollout().name(),
          StorageFaults.shortCause(e));
    }
  }

  /// Appends the first items of a new thread, if any.
  void writeFirst(List<RolloutItem> first) {
    if (!first.isEmpty()) {
      write(first, null, Author.ROLLBOOK);
    }
  }

  /// The outcome of an append is empty if its turn is not the one in progress.
  ///
  /// @return whether any append has an outcome
  boolean writeGroup(List<Entry<Request, Optional<AppendOutcome>>> group) {
    boolean together = group.size() > 1 && services.gate().isOpen() && writeTogether(group);
    if (!together) {
      group.forEach(entry -> entry.complete(() -> writeAlone(entry.request())));
    }
    return group.stream().anyMatch(entry -> entry.hasResult(Optional::isPresent));
  }

  private Optional<AppendOutcome> writeAlone(Request request) {
    return accepts(request)
        ? Optional.of(
            services
                .gate()
                .onBehalf(
                    request.beforeStop(),
                    () -> write(request.items(), request.expectedOrdinal(), Author.CLIENT)))
        : Optional.empty();
  }

  /// @return false if nothing was written or published
  private boolean writeTogether(List<Entry<Request, Optional<AppendOutcome>>> group) {
    var batch = new Batch(state.nextOrdinal());
    var outcomes = new ArrayList<Supplier<Optional<AppendOutcome>>>(group.size());
    for (var entry : group) {
      outcomes.add(prepare(entry.request(), batch));
    }
    if (!batch.lines.isEmpty() && put(EncodedLines.join(batch.lines), Author.CLIENT).isPresent()) {
      return false;
    }
    for (int i = 0; i < group.size(); i++) {
      group.get(i).complete(outcomes.get(i));
    }
    return true;
  }

  /// @return the outcome of the append once it and those before it are written
  private Supplier<Optional<AppendOutcome>> prepare(Request request, Batch batch) {
    try {
      if (!accepts(request)) {
        return Optional::empty;
      }
      var assignment = OrdinalAssignment.of(request.items(), batch.next, () -> known(batch));
      if (assignment.fresh().isEmpty()) {
        return () -> Optional.of(duplicates(assignment));
      }
      var prepared = prepare(assignment, request.expectedOrdinal(), batch.next, null);
      batch.add(prepared);
      return () -> Optional.of(persisted(prepared));
    } catch (RuntimeException e) {
      return () -> {
        throw e;
      };
    }
  }

  private boolean accepts(Request request) {
    if (request.turn() == null) {
      state.requireNotArchived();
      return true;
    }
    return state.isActive(request.turn());
  }

  /// Ids of the thread once the batch is written.
  private OrdinalAssignment.IdLookup known(Batch batch) {
    var before = ids.before(state.nextOrdinal());
    return id -> {
      var here = batch.ids.get(id);
      return here == null ? before.ordinalOf(id) : here;
    };
  }

  /// Appends that are written together.
  private static final class Batch {
    private final List<EncodedLines> lines = new ArrayList<>();
    private final Map<String, Long> ids = new HashMap<>();
    private long next;

    Batch(long next) {
      this.next = next;
    }

    void add(PreparedAppend prepared) {
      lines.add(prepared.lines());
      for (var item : prepared.items()) {
        if (item.id() != null) {
          ids.put(item.id(), next);
        }
        next++;
      }
    }
  }

  AppendOutcome write(List<RolloutItem> items, @Nullable Long expected, Author author) {
    return write(items, expected, author, null);
  }

  /// @param expected ordinal of the first item; null for any
  /// @param trigger event published before those of the items, or null
  /// @throws OrdinalConflict if the first item would get another ordinal
  /// @throws PersistenceUnavailable if the thread requires persistence and the write fails
  AppendOutcome write(
      List<RolloutItem> items, @Nullable Long expected, Author author, @Nullable Event trigger) {
    long first = state.nextOrdinal();
    var assignment = OrdinalAssignment.of(items, first, () -> ids.before(first));
    if (assignment.fresh().isEmpty()) {
      return duplicates(assignment);
    }
    var prepared = prepare(assignment, expected, first, trigger);
    var refusal = put(prepared.lines(), author);
    return refusal.isPresent() ? skipped(prepared, refusal.get(), author) : persisted(prepared);
  }

  /// @param first ordinal of the first item
  /// @throws OrdinalConflict if it is not the expected one
  private PreparedAppend prepare(
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
  private Optional<Refusal> put(EncodedLines lines, Author author) {
    return author == Author.NOTE
        ? recorder.evenIfRemoved(() -> putAfterQueue(lines, author))
        : putAfterQueue(lines, author);
  }

  private Optional<Refusal> putAfterQueue(EncodedLines lines, Author author) {
    var stillQueued = queue.flush();
    if (stillQueued.isPresent()) {
      return stillQueued;
    }
    // The snapshot of a turn that begins must not be published before the turn has begun.
    return author == Author.CLIENT
        ? monitor.publishSnapshotWhile(() -> recorder.write(lines))
        : recorder.write(lines);
  }

  /// Applies a write that succeeded.
  private AppendOutcome persisted(PreparedAppend prepared) {
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
  private AppendOutcome duplicates(OrdinalAssignment assignment) {
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

  private AppendOutcome skipped(PreparedAppend prepared, Refusal refusal, Author author) {
    services.meters().skipped(prepared.sample());
    var lines = prepared.lines();
    var skip = skip(refusal, prepared.first(), prepared.next(), author);
    if (state.requiresPersistence()) {
      services.skips().recordWithoutGap(skip);
      throw unavailable(skip);
    }
    boolean pending = isRetried(skip.reason(), author) && queue.reserve(lines);
    var own = author == Author.CLIENT ? null : lines;
    var gap = services.skips().record(skip, lines.length(), pending, own);
    if (author == Author.NOTE) {
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
            state.owner(),
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

  private static boolean isRetried(SkipReason reason, Author author) {
    return reason.isStorageFault() || (author != Author.CLIENT && reason.leavesGap());
  }

  private void publishItems(
      PreparedAppend prepared, @Nullable SkipReason reason, @Nullable UUID gap) {
    if (prepared.trigger() != null) {
      services.events().publish(state.owner(), prepared.trigger(), prepared.triggeredAt());
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

  private SkippedWrite skip(Refusal refusal, long first, long next, Author author) {
    return new SkippedWrite(
        state.id(),
        state.active() == null ? null : state.active().id(),
        first,
        next,
        refusal.reason(),
        refusal.message(),
        refusal.cause(),
        author == Author.TURN_MARKER);
  }

  private PersistenceUnavailable unavailable(SkippedWrite skip) {
    return new PersistenceUnavailable(state.id(), skip.reason(), skip.message(), skip.cause());
  }
}
