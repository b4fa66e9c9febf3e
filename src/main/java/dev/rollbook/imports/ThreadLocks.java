package dev.rollbook.imports;

import dev.rollbook.model.ThreadId;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/// Keeps two imports of one thread apart.
@Component
class ThreadLocks {
  private static final int STRIPES = 64;

  private final List<ReentrantLock> stripes =
      Stream.generate(ReentrantLock::new).limit(STRIPES).toList();

  /// What is done with nothing else beside it.
  interface Action<T> {
    T run() throws IOException;
  }

  <T> T holding(ThreadId thread, Action<T> action) throws IOException {
    var lock = stripes.get(Math.floorMod(thread.hashCode(), STRIPES));
    lock.lock();
    try {
      return action.run();
    } finally {
      lock.unlock();
    }
  }
}
