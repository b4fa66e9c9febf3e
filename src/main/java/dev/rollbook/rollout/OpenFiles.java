package dev.rollbook.rollout;

import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.stereotype.Component;

/// Keeps the number of open rollouts bounded: those not used for longest are closed first.
///
/// An eighth is closed at a time, so that the search for the oldest is paid once for many.
@Component
final class OpenFiles {
  private final int limit;
  private final Set<RolloutWriter> open = ConcurrentHashMap.newKeySet();
  private final ReentrantLock making = new ReentrantLock();

  OpenFiles(OpenFileProperties properties) {
    this.limit = properties.maxOpenFiles();
  }

  void opened(RolloutWriter writer) {
    open.add(writer);
    if (open.size() > limit && making.tryLock()) {
      try {
        makeRoom(writer);
      } finally {
        making.unlock();
      }
    }
  }

  void closed(RolloutWriter writer) {
    open.remove(writer);
  }

  int count() {
    return open.size();
  }

  private void makeRoom(RolloutWriter keep) {
    open.stream()
        .filter(writer -> writer != keep)
        .sorted(Comparator.comparingLong(RolloutWriter::lastUsed))
        .limit(Math.max(1, open.size() - limit + limit / 8))
        .toList()
        .forEach(RolloutWriter::closeIfUnused);
  }
}
