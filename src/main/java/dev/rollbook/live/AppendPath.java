package dev.rollbook.live;

import dev.rollbook.event.Event;
import dev.rollbook.live.Recorder.Refusal;
import dev.rollbook.model.AppendOutcome;
import dev.rollbook.model.AppendOutcome.Persisted;
import dev.rollbook.model.AppendOutcome.Skipped;
import dev.rollbook.model.RollbookException.OrdinalConflict;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.Timestamps;
import dev.rollbook.persistence.Skip;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.RolloutLine;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// From items to an outcome: ordinals, one write, and what follows from it. Guarded by the thread.
final class AppendPath {
  private final LiveState state;
  private final Recorder recorder;
  private final Residence<?> residence;
  private final LiveServices services;
  private final PendingItems pending;
  private final CatchUp catchUp;
  private final HeldIds heldIds;

  AppendPath(LiveState state, Recorder recorder, Residence<?> residence, LiveServices services) {
    this.state = state;
    this.recorder = recorder;
    this.residence = residence;
    this.services = services;
    this.pending = new PendingItems(services.retryBuffer());
    this.catchUp = new CatchUp(state, recorder, pending, services);
    this.heldIds = new HeldIds(recorder, pending, services.idMemory());
  }

  /// Whose items are written.
  enum Origin {
    /// What a client sent.
    CLIENT,
    /// What Rollbook made of a call. Nobody else has it, so that it is kept whenever it is skipped.
    ROLLBOOK,
    /// What Rollbook has to say of the thread itself: it is written after a shutdown or discard,
    /// too.
    NOTE,
    /// What Rollbook made of a call, and nothing that a person would miss.
    FRAME
  }

  /// Makes the rollout of a new thread, so that it is never without its first line.
  ///
  /// Where that fails, the first append that succeeds makes it: nothing is lacking then.
  ///
  /// @param first items that follow the first line, if any
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
    var skip = skip(refusal.get(), 0, 1, Origin.FRAME);
    services.skips().tell(skip);
    if (state.requiresPersistence()) {
      throw unavailable(skip);
    }
  }

  CatchUp pending() {
    return catchUp;
  }

  AppendOutcome write(List<RolloutItem> items, @Nullable Long expected, Origin origin) {
    return write(items, expected, origin, null);
  }

  /// @param expected the ordinal that the first item is to get; null for any
  /// @param occasion told to those who follow the thread, just before the items
  /// @throws OrdinalConflict if it would get another one
  /// @throws PersistenceUnavailable if the thread insists on its history and it cannot be written
  AppendOutcome write(
      List<RolloutItem> items, @Nullable Long expected, Origin origin, @Nullable Event occasion) {
    long first = state.nextOrdinal();
    var placement = Placement.of(items, first, () -> heldIds.upTo(first)::ordinalOf);
    if (placement.fresh().isEmpty()) {
      return held(placement);
    }
    var draft = draft(placement, expected, first, occasion);
    var refusal = put(draft.lines(), origin);
    return refusal.isPresent() ? skipped(draft, refusal.get(), origin) : persisted(draft);
  }

  /// Where items have their place behind others that are about to be written.
  Placement place(List<RolloutItem> items, Drafts before) {
    return Placement.of(items, before.next(), () -> before.with(heldIds.upTo(state.nextOrdinal())));
  }

  /// @param first the ordinal that the first item gets
  /// @throws OrdinalConflict if it is not the expected one
  Draft draft(Placement placement, @Nullable Long expected, long first, @Nullable Event occasion) {
    if (expected != null && expected != first) {
      throw new OrdinalConflict(state.id(), expected, first);
    }
    var sample = services.meters().start();
    var now = services.clock().instant();
    var lines = EncodedLines.encode(placement.fresh(), first, Timestamps.format(now));
    var since = occasion == null ? now : time(placement.fresh().getFirst(), now);
    var told = new Announcement(services.events(), occasion, since, lines, first, now);
    return new Draft(placement, first, lines, told, sample);
  }

  /// Writes lines behind what is pending; nothing else follows from it.
  Optional<Refusal> put(EncodedLines lines, Origin origin) {
    return origin == Origin.NOTE
        ? recorder.evenIfRemoved(() -> putBehindPending(lines, origin))
        : putBehindPending(lines, origin);
  }

  private Optional<Refusal> putBehindPending(EncodedLines lines, Origin origin) {
    var stillPending = catchUp.run();
    if (stillPending.isPresent()) {
      return stillPending;
    }
    // A turn that is about to begin is not to be seen before it has.
    return origin == Origin.CLIENT
        ? residence.meanwhileSeen(() -> recorder.write(lines))
        : recorder.write(lines);
  }

  /// What follows from a write that succeeded.
  AppendOutcome persisted(Draft draft) {
    var fresh = draft.placement().fresh();
    state.persisted(fresh, draft.told().at());
    state.changed(draft.told().at());
    services.skips().persisted();
    services.gaps().wroteBehind(state.id());
    heldIds.add(fresh, draft.first());
    draft.told().persisted(state.id());
    services.meters().persisted(draft.sample(), fresh.size(), draft.lines().length());
    return new Persisted(draft.placement().ordinals());
  }

  private static Instant time(RolloutItem item, Instant now) {
    return item.timestamp() == null ? now : Timestamps.parse(item.timestamp());
  }

  /// Takes note of items that hold ordinals from `first` on.
  void holds(List<RolloutItem> items, long first) {
    heldIds.add(items, first);
  }

  void forgetIds() {
    heldIds.forget();
  }

  long bytesOfIds() {
    return heldIds.bytes();
  }

  /// Takes note of a line that somebody else wrote.
  void holds(RolloutLine line) {
    heldIds.add(line);
  }

  /// Where the thread holds the item already; null where it does not, or the item has no id.
  @Nullable Long ordinalOf(RolloutItem item) {
    return item.id() == null ? null : heldIds.upTo(state.nextOrdinal()).ordinalOf(item.id());
  }

  /// All items, if any, were sent before; those of them that are still pending may be written by
  /// now.
  AppendOutcome held(Placement placement) {
    var ordinals = placement.ordinals();
    if (ordinals.duplicates() == 0) {
      return new Persisted(ordinals);
    }
    var refusal = catchUp.run();
    if (refusal.isEmpty() || !catchUp.waitsBefore(placement.next())) {
      return new Persisted(ordinals);
    }
    return new Skipped(
        ordinals, refusal.get().reason(), refusal.get().message(), catchUp.firstGap(), true);
  }

  private AppendOutcome skipped(Draft draft, Refusal refusal, Origin origin) {
    services.meters().skipped(draft.sample());
    var lines = draft.lines();
    var skip = skip(refusal, draft.first(), draft.next(), origin);
    if (state.requiresPersistence()) {
      services.skips().tell(skip);
      throw unavailable(skip);
    }
    boolean kept = isKept(skip.reason(), origin) && pending.reserve(lines);
    var own = origin == Origin.CLIENT ? null : lines;
    var gap = services.skips().record(skip, lines.length(), kept, own);
    if (origin == Origin.NOTE) {
      state.noted(draft.placement().fresh(), draft.told().at());
    }
    state.skipped(draft.items(), gap);
    state.changed(draft.told().at());
    if (kept && gap != null) {
      pending.add(new PendingItems.Chunk(gap, state.active(), draft.first(), draft.next(), lines));
      heldIds.add(draft.placement().fresh(), draft.first());
    }
    draft.told().skipped(skip, gap, kept);
    return new Skipped(draft.placement().ordinals(), skip.reason(), skip.message(), gap, kept);
  }

  private static boolean isKept(SkipReason reason, Origin origin) {
    return reason.isStorageFault() || (origin != Origin.CLIENT && reason.leavesGap());
  }

  private Skip skip(Refusal refusal, long first, long next, Origin origin) {
    return new Skip(
        state.id(),
        state.active() == null ? null : state.active().id(),
        first,
        next,
        refusal.reason(),
        refusal.message(),
        refusal.cause(),
        origin == Origin.FRAME);
  }

  private PersistenceUnavailable unavailable(Skip skip) {
    return new PersistenceUnavailable(state.id(), skip.reason(), skip.message(), skip.cause());
  }
}
