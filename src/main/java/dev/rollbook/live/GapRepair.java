package dev.rollbook.live;

import dev.rollbook.live.RolloutRecorder.Refusal;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.model.GapId;
import dev.rollbook.model.Ordinals;
import dev.rollbook.model.RollbookException.GapNotFound;
import dev.rollbook.model.RollbookException.GapRepaired;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.ItemPresent;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.Timestamps;
import dev.rollbook.projection.Preview;
import dev.rollbook.rollout.RolloutGoneException;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.TurnRow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Repairs gaps: inserts skipped items that a client has sent again.
record GapRepair(
    LiveState state,
    RolloutRecorder recorder,
    RetryQueue queue,
    LossAccounting losses,
    RecentItemIds ids,
    LiveServices services) {
  private static final int PAGE_SIZE = 500;

  /// Reads the state-db before it takes the thread lock, so that no append waits for it, and
  /// retries if a repair or the end of a turn came between.
  ///
  /// @param locked runs an attempt with the thread lock held
  /// @return the ordinals of the items; all are duplicates if the gap was filled with them before
  Ordinals fill(
      GapId id, List<RolloutItem> items, UnaryOperator<Supplier<Optional<Ordinals>>> locked) {
    while (true) {
      long repairs = state.repairs();
      var lacking = lookUp(id);
      var done =
          locked
              .apply(() -> {
                recorder.requireThread();
                var stillQueued = queue.flush();
                return repairs == state.repairs()
                    ? Optional.of(fill(id, lacking, items, stillQueued))
                    : Optional.empty();
              })
              .get();
      if (done.isPresent()) {
        return done.get();
      }
    }
  }

  private Optional<GapAndTurn> lookUp(GapId id) {
    return services
        .gaps()
        .find(state.id(), id.value())
        .map(gap -> new GapAndTurn(gap, gap.turnId() == null ? null : turn(gap, gap.turnId())));
  }

  private @Nullable TurnRow turn(GapRow gap, UUID turn) {
    return services.turns().find(gap.threadId(), turn).orElse(null);
  }

  private Ordinals fill(
      GapId id,
      Optional<GapAndTurn> found,
      List<RolloutItem> items,
      Optional<Refusal> stillQueued) {
    var lacking = found.orElseThrow(() -> new GapNotFound(state.id(), id));
    var gap = state.current(lacking.gap());
    if (!gap.isOpen()) {
      return alreadyThere(id, gap, items);
    }
    requireCount(gap, items);
    if (stillQueued.isPresent() && queue.hasBefore(gap.nextOrdinal())) {
      throw stillQueued.get().problem(state.id());
    }
    findLosses();
    requireNew(gap, items);
    return insert(id, gap, lacking.turn(), items);
  }

  /// An item that the storage has lost may be sent again.
  private void findLosses() {
    try {
      losses.find();
    } catch (IOException e) {
      throw StorageFaults.unavailable(state.id(), e);
    }
  }

  private Ordinals insert(GapId id, GapRow gap, @Nullable TurnRow turn, List<RolloutItem> items) {
    try {
      var at = Timestamps.format(gap.recordedAt());
      var lines = EncodedLines.encode(items, gap.firstOrdinal(), at);
      losses.repairing();
      boolean wasThere = !recorder.insert(range(gap), lines);
      var ordinals =
          wasThere
              ? alreadyThere(id, gap, items)
              : new Ordinals(gap.firstOrdinal(), gap.nextOrdinal() - 1, items.size(), 0);
      ids.add(items, gap.firstOrdinal());
      if (!wasThere) {
        services.meters().persistedLate(items.size(), lines.length());
      }
      repaired(gap, turn, items);
      return ordinals;
    } catch (RolloutGoneException e) {
      throw new RolloutUnusable(state.id(), recorder.rollout().name());
    } catch (IOException e) {
      throw StorageFaults.unavailable(state.id(), e);
    }
  }

  private void repaired(GapRow gap, @Nullable TurnRow turn, List<RolloutItem> items)
      throws IOException {
    var first =
        items.stream()
            .map(item -> Preview.NONE.after(item.type(), item.payload()))
            .anyMatch(preview -> preview.text() != null);
    state.refilled(items.size(), first ? previewFromStart() : null);
    state.changed(services.clock().instant());
    services.skips().persisted();
    state.refilled(turn, items.size());
    services.repaired(state.owner(), gap);
    state.gapClosed();
  }

  /// Preview from the whole rollout. A first user message that was missing has precedence over a
  /// later one that the preview shows so far.
  private Preview previewFromStart() throws IOException {
    var preview = Preview.NONE;
    Long after = -1L;
    while (after != null && !preview.settled()) {
      var rest = new OrdinalRange(after + 1, Long.MAX_VALUE);
      var page =
          services
              .rollouts()
              .page(
                  recorder.rollout(),
                  recorder.orderedBytes(),
                  rest,
                  PAGE_SIZE,
                  false,
                  MemoryReservation.UNLIMITED);
      for (var line : page.lines()) {
        preview = preview.after(line.type(), line.payload());
      }
      after = page.nextAfter();
    }
    return preview;
  }

  /// The gap was already repaired: by this client, if the response was lost, or by another client.
  private Ordinals alreadyThere(GapId id, GapRow gap, List<RolloutItem> items) {
    try {
      if (!holds(range(gap), items)) {
        throw new GapRepaired(state.id(), id);
      }
      return new Ordinals(gap.firstOrdinal(), gap.nextOrdinal() - 1, 0, items.size());
    } catch (IOException e) {
      throw StorageFaults.unavailable(state.id(), e);
    }
  }

  /// Reads line by line, because together the lines may be larger than a page.
  private boolean holds(OrdinalRange range, List<RolloutItem> items) throws IOException {
    var left = items.iterator();
    var others = new ArrayList<Long>();
    services
        .rollouts()
        .forEach(
            recorder.rollout(),
            recorder.orderedBytes(),
            range,
            line -> {
              if (!left.hasNext() || !line.holds(left.next())) {
                others.add(line.ordinal());
              }
            });
    return others.isEmpty() && !left.hasNext();
  }

  private static void requireCount(GapRow gap, List<RolloutItem> items) {
    long needed = gap.nextOrdinal() - gap.firstOrdinal();
    if (items.size() != needed) {
      throw new InvalidRequest(
          "/items", "must be as many as the gap lacks: %d, not %d".formatted(needed, items.size()));
    }
  }

  private void requireNew(GapRow gap, List<RolloutItem> items) {
    for (var item : items) {
      var id = item.id();
      var at = id == null ? null : ids.before(state.nextOrdinal()).ordinalOf(id);
      if (at != null && !range(gap).contains(at)) {
        throw new ItemPresent(state.id(), String.valueOf(id), at);
      }
    }
  }

  private static OrdinalRange range(GapRow gap) {
    return new OrdinalRange(gap.firstOrdinal(), gap.nextOrdinal() - 1);
  }

  /// A gap and its turn, as read from the state-db.
  ///
  /// @param turn that the items belong to, if any
  private record GapAndTurn(GapRow gap, @Nullable TurnRow turn) {}
}
