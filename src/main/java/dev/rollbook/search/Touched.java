package dev.rollbook.search;

import dev.rollbook.event.ThreadObserver;
import dev.rollbook.model.ThreadId;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.stereotype.Component;

/// The threads that the index may be behind of.
@Component
class Touched implements ThreadObserver {
  private final ConcurrentMap<ThreadId, Boolean> waiting = new ConcurrentHashMap<>();
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

  /// @param anew whether all of it is to be indexed again
  void add(ThreadId thread, boolean anew) {
    waiting.merge(thread, anew, Boolean::logicalOr);
  }

  /// All that wait, with whether they are to be indexed anew; they wait no longer.
  Map<ThreadId, Boolean> take() {
    var taken = new HashMap<ThreadId, Boolean>();
    for (var thread : waiting.keySet()) {
      var anew = waiting.remove(thread);
      if (anew != null) {
        taken.put(thread, anew);
      }
    }
    return taken;
  }

  int count() {
    return waiting.size();
  }
}
