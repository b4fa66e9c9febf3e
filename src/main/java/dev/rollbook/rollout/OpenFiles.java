package dev.rollbook.rollout;

import dev.rollbook.memory.Eviction;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/// Keeps the number of open rollouts bounded: those not used for longest are closed first.
@Component
final class OpenFiles {
  private final int limit;
  private final Set<RolloutWriter> open = ConcurrentHashMap.newKeySet();
  private final Eviction<RolloutWriter> eviction;

  OpenFiles(OpenFileProperties properties) {
    this.limit = properties.maxOpenFiles();
    this.eviction =
        new Eviction<>(
            limit,
            writer -> 1,
            RolloutWriter::lastUsed,
            (writer, wanted) -> writer.closeIfUnused() ? 1 : 0);
  }

  void opened(RolloutWriter writer) {
    open.add(writer);
    if (open.size() > limit) {
      eviction.makeRoom(open);
    }
  }

  void closed(RolloutWriter writer) {
    open.remove(writer);
  }

  int count() {
    return open.size();
  }
}
