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

/// Set of threads that must be indexed again, because items were appended or other data of the
/// thread changed.
@Component
class DirtyThreads implements ThreadObserver {
  private final ConcurrentMap<ThreadId, Boolean> waiting = new ConcurrentHashMap<>();

  /// Threads that were taken and whose documents searches may not see yet.
  private final Set<ThreadId> taken = ConcurrentHashMap.newKeySet();

  private final boolean enabled;

  DirtyThreads(SearchProperties properties) {
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

  /// @param anew whether to index all of it again
  void add(ThreadId thread, boolean anew) {
    waiting.merge(thread, anew, Boolean::logicalOr);
  }

  /// Takes all threads, with whether to index all of them again.
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

  /// Called after a refresh: the threads that were taken are visible to searches, or dirty again.
  void shown() {
    taken.clear();
  }

  /// Threads whose present state searches may not see.
  Set<ThreadId> unseen() {
    var unseen = new HashSet<>(waiting.keySet());
    unseen.addAll(taken);
    return unseen;
  }
}
