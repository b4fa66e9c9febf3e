package dev.rollbook.statedb;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// Values that many threads were found to have lately, so that nobody counts them again for each
/// list. Threads are only looked for in another way by it; what is found is the same.
final class CommonValues {
  private static final Duration KNOWN_FOR = Duration.ofSeconds(10);
  private static final int MOST = 1000;

  private final ConcurrentMap<Object, Long> values = new ConcurrentHashMap<>();

  boolean has(Object value) {
    var since = values.get(value);
    if (since != null && System.nanoTime() - since > KNOWN_FOR.toNanos()) {
      values.remove(value, since);
      return false;
    }
    return since != null;
  }

  void add(Object value) {
    if (values.size() >= MOST) {
      values.clear();
    }
    values.put(value, System.nanoTime());
  }
}
