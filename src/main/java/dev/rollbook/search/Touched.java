package dev.rollbook.search;

import dev.rollbook.event.ThreadObserver;
import dev.rollbook.model.ThreadId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.stereotype.Component;

/// The threads that the index may be behind of.
@Component
class Touched implements ThreadObserver {
  private final ConcurrentMap<ThreadId, Boolean> waiting = new ConcurrentHashMap<>();

  /// Of those that were taken, and whose documents may not be shown yet.
  private final Set<ThreadId> taken = ConcurrentHashMap.newKeySet();

  private final boolean enabled;

  Touched(SearchProperties properties) {
    this.enabled = properties.enabled();
  }

  @Override
  public void touched(ThreadId thread) {
    if (enabled) {
      waiting.putIfAbsent(thread, false);
    }
  }

  @Override
  public void reverted(ThreadId thread) {
    if (enabled) {
      add(thread, true);
    }
  }

  /// @param anew whether all of it is to be indexed again
  void add(ThreadId thread, boolean anew) {
    waiting.merge(thread, anew, Boolean::logicalOr);
  }

  /// All that wait, with whether they are to be indexed anew; they wait no longer.
  Map<ThreadId, Boolean> take() {
    var all = new HashMap<ThreadId, Boolean>();
    for (var thread : waiting.keySet()) {
      taken.add(thread);
      var anew = waiting.remove(thread);
      if (anew != null) {
        all.put(thread, anew);
      }
    }
    return all;
  }

  /// What was taken can be found now, or waits again.
  void shown() {
    taken.clear();
  }

  /// Threads that a search may not find as they are.
  Set<ThreadId> unseen() {
    var unseen = new HashSet<>(waiting.keySet());
    unseen.addAll(taken);
    return unseen;
  }

  int count() {
    return unseen().size();
  }
}
