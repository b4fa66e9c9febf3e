package dev.rollbook.live;

import dev.rollbook.live.AppendPath.Origin;
import dev.rollbook.live.GroupCommit.Place;
import dev.rollbook.model.AppendOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Writes the appends of a group with one write, and so with one force. Guarded by the thread.
///
/// Each has ordinals, an outcome and events of its own, as if they came one after the other. What
/// is refused as a whole is tried one by one: then each has a refusal of its own too.
final class GroupPath {
  private final LiveState state;
  private final AppendPath path;
  private final AppendGate gate;

  GroupPath(LiveState state, AppendPath path, AppendGate gate) {
    this.state = state;
    this.path = path;
    this.gate = gate;
  }

  /// An append, and whether the request that it came with arrived before the service stopped.
  record Wanted(Append append, boolean beforeStop) {}

  /// What becomes of an append is empty if its turn is not the one in progress.
  ///
  /// @return whether anything became of any of them
  boolean write(List<Place<Wanted, Optional<AppendOutcome>>> group) {
    boolean together = group.size() > 1 && gate.isOpen() && writeTogether(group);
    if (!together) {
      group.forEach(place -> place.settle(() -> alone(place.wanted())));
    }
    return group.stream().anyMatch(place -> place.became(Optional::isPresent));
  }

  private Optional<AppendOutcome> alone(Wanted wanted) {
    var append = wanted.append();
    return accepts(append)
        ? Optional.of(gate.onBehalf(wanted.beforeStop(), () -> write(append)))
        : Optional.empty();
  }

  private AppendOutcome write(Append append) {
    return path.write(append.items(), append.expectedOrdinal(), Origin.CLIENT);
  }

  /// @return false if nothing was written, nor told to anybody
  private boolean writeTogether(List<Place<Wanted, Optional<AppendOutcome>>> group) {
    var drafts = new Drafts(state.nextOrdinal());
    var outcomes = new ArrayList<Supplier<Optional<AppendOutcome>>>(group.size());
    for (var place : group) {
      outcomes.add(draft(place.wanted().append(), drafts));
    }
    if (!drafts.isEmpty() && path.put(drafts.lines(), Origin.CLIENT).isPresent()) {
      return false;
    }
    for (int i = 0; i < group.size(); i++) {
      group.get(i).settle(outcomes.get(i));
    }
    return true;
  }

  /// What becomes of an append once it is written, with those before it.
  private Supplier<Optional<AppendOutcome>> draft(Append append, Drafts drafts) {
    try {
      if (!accepts(append)) {
        return Optional::empty;
      }
      var placement = path.place(append.items(), drafts);
      if (placement.fresh().isEmpty()) {
        return () -> Optional.of(path.held(placement));
      }
      var draft = path.draft(placement, append.expectedOrdinal(), drafts.next(), null);
      drafts.add(draft);
      return () -> Optional.of(path.persisted(draft));
    } catch (RuntimeException own) {
      return () -> {
        throw own;
      };
    }
  }

  private boolean accepts(Append append) {
    if (append.turn() == null) {
      state.requireNotArchived();
      return true;
    }
    return state.isActive(append.turn());
  }
}
