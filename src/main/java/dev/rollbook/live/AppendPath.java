package dev.rollbook.live;

import dev.rollbook.event.Event;
import dev.rollbook.model.AppendOutcome;
import dev.rollbook.model.AppendOutcome.Persisted;
import dev.rollbook.model.AppendOutcome.Skipped;
import dev.rollbook.model.RollbookException.OrdinalConflict;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.Timestamps;
import dev.rollbook.persistence.Skip;
import dev.rollbook.rollout.EncodedLines;
import dev.rollbook.rollout.LineEncoder;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// From items to an outcome: ordinals, one write, and what follows from it. Guarded by the thread.
final class AppendPath {
  private final LiveState state;
  private final Recorder recorder;
  private final LiveServices services;
  private @Nullable RecentIds recentIds;

  AppendPath(LiveState state, Recorder recorder, LiveServices services) {
    this.state = state;
    this.recorder = recorder;
    this.services = services;
  }

  /// Makes the rollout of a new thread, so that it is never without its first line.
  ///
  /// Where that fails, the first append that succeeds makes it: nothing is lacking then.
  void create() {
    var refusal = recorder.write(EncodedLines.NONE);
    if (refusal.isEmpty()) {
      state.created();
      return;
    }
    var skip = skip(refusal.get(), 0, 1, true);
    services.skips().tell(skip);
    if (state.requiresPersistence()) {
      throw unavailable(skip);
    }
  }

  AppendOutcome write(List<RolloutItem> items, @Nullable Long expected) {
    return write(items, expected, false, null);
  }

  /// @param expected the ordinal that the first item is to get; null for any
  /// @param frame whether the items are Rollbook's own
  /// @param occasion told to those who follow the thread, just before the items
  /// @throws OrdinalConflict if it would get another one
  /// @throws PersistenceUnavailable if the thread insists on its history and it cannot be written
  AppendOutcome write(
      List<RolloutItem> items, @Nullable Long expected, boolean frame, @Nullable Event occasion) {
    var sample = services.meters().start();
    long first = state.nextOrdinal();
    var placement = Placement.of(items, first, this::recentIds);
    if (placement.fresh().isEmpty()) {
      return new Persisted(placement.ordinals());
    }
    if (expected != null && expected != first) {
      throw new OrdinalConflict(state.id(), expected, first);
    }
    var now = services.clock().instant();
    var lines = LineEncoder.encode(placement.fresh(), first, Timestamps.format(now));
    var told = new Announcement(services.events(), occasion, lines, first, now);
    boolean makesFile = !recorder.hasFile();
    var refusal = recorder.write(lines);
    if (refusal.isPresent()) {
      services.meters().skipped(sample);
      return skipped(placement, refusal.get(), frame, told);
    }
    if (makesFile) {
      state.created();
    }
    persisted(placement.fresh(), first, now);
    told.persisted(state.id());
    services.meters().persisted(sample, placement.fresh().size(), lines.length());
    return new Persisted(placement.ordinals());
  }

  private void persisted(List<RolloutItem> items, long first, Instant now) {
    state.persisted(items);
    state.changed(now);
    services.skips().persisted();
    if (recentIds != null) {
      recentIds.addAll(items, first);
    }
  }

  private AppendOutcome skipped(
      Placement placement, Recorder.Refusal refusal, boolean frame, Announcement told) {
    int items = placement.fresh().size();
    long first = state.nextOrdinal();
    var skip = skip(refusal, first, first + items, frame);
    if (state.requiresPersistence()) {
      services.skips().tell(skip);
      throw unavailable(skip);
    }
    var gap = services.skips().record(skip);
    state.skipped(items, gap);
    state.changed(told.at());
    told.skipped(skip, gap);
    return new Skipped(placement.ordinals(), skip.reason(), skip.message(), gap);
  }

  private Skip skip(Recorder.Refusal refusal, long first, long next, boolean frame) {
    var turn = state.active() == null ? null : state.active().id();
    return new Skip(
        state.id(), turn, first, next, refusal.reason(), refusal.message(), refusal.cause(), frame);
  }

  private PersistenceUnavailable unavailable(Skip skip) {
    return new PersistenceUnavailable(state.id(), skip.reason(), skip.message(), skip.cause());
  }

  private RecentIds recentIds() {
    if (recentIds == null) {
      recentIds = recorder.recentIds(state.nextOrdinal());
    }
    return recentIds == null ? new RecentIds() : recentIds;
  }
}
