package dev.rollbook.live;

import dev.rollbook.live.Appender.Origin;
import dev.rollbook.live.Appender.PreparedAppend;
import dev.rollbook.live.GroupCommit.Entry;
import dev.rollbook.model.AppendOutcome;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.TurnId;
import dev.rollbook.rollout.line.EncodedLines;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Writes a group of appends with one write, and so with one fsync. Caller must hold the thread
/// lock.
///
/// Each append has ordinals, an outcome and events of its own, as if they came one after the other.
/// If a group is refused as a whole, its appends are written one by one, so that each has its own
/// refusal.
final class GroupAppender {
  private final LiveState state;
  private final Appender appender;
  private final RecentItemIds ids;
  private final ShutdownGate gate;

  GroupAppender(LiveState state, Appender appender, RecentItemIds ids, ShutdownGate gate) {
    this.state = state;
    this.appender = appender;
    this.ids = ids;
    this.gate = gate;
  }

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

  /// The outcome of an append is empty if its turn is not the one in progress.
  ///
  /// @return whether any append has an outcome
  boolean write(List<Entry<Request, Optional<AppendOutcome>>> group) {
    boolean together = group.size() > 1 && gate.isOpen() && writeTogether(group);
    if (!together) {
      group.forEach(entry -> entry.complete(() -> writeAlone(entry.request())));
    }
    return group.stream().anyMatch(entry -> entry.hasResult(Optional::isPresent));
  }

  private Optional<AppendOutcome> writeAlone(Request request) {
    return accepts(request)
        ? Optional.of(
            gate.onBehalf(
                request.beforeStop(),
                () -> appender.write(request.items(), request.expectedOrdinal(), Origin.CLIENT)))
        : Optional.empty();
  }

  /// @return false if nothing was written or published
  private boolean writeTogether(List<Entry<Request, Optional<AppendOutcome>>> group) {
    var batch = new Batch(state.nextOrdinal());
    var outcomes = new ArrayList<Supplier<Optional<AppendOutcome>>>(group.size());
    for (var entry : group) {
      outcomes.add(prepare(entry.request(), batch));
    }
    if (!batch.lines.isEmpty()
        && appender.put(EncodedLines.join(batch.lines), Origin.CLIENT).isPresent()) {
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
        return () -> Optional.of(appender.duplicates(assignment));
      }
      var prepared = appender.prepare(assignment, request.expectedOrdinal(), batch.next, null);
      batch.add(prepared);
      return () -> Optional.of(appender.persisted(prepared));
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
  private OrdinalAssignment.Known known(Batch batch) {
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
}
