package dev.rollbook.live;

import dev.rollbook.memory.Eviction;
import org.springframework.stereotype.Component;

/// Keeps the memory for the ids of items bounded over all threads: those of threads not used for
/// longest are forgotten first, and read again from the rollout when they are needed.
@Component
class IdMemory extends Eviction<LiveThread> {
  IdMemory(LiveProperties properties) {
    super(
        properties.idMemoryBytes(),
        thread -> thread.footprint().bytesOfIds(),
        thread -> thread.footprint().lastUsed(),
        (thread, wanted) -> forget(thread.footprint()));
  }

  private static long forget(Footprint footprint) {
    long before = footprint.bytesOfIds();
    if (before > 0) {
      footprint.forgetIds();
    }
    return before - footprint.bytesOfIds();
  }
}
