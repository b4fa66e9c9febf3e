package dev.rollbook.live;

import dev.rollbook.live.RetryQueue.Chunk;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.datadir.DisplacedLines;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.skips.RetryMemoryLimit;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Pending items of threads that another replica has taken over, until they are in a file for the
/// new owner ([DisplacedItemRetry]). They stay in memory while the database does not commit.
@Component
final class DisplacedItems {
  private static final Logger log = LoggerFactory.getLogger(DisplacedItems.class);

  private final DisplacedLines files;
  private final RetryMemoryLimit memory;
  private final Queue<Displaced> waiting = new ArrayDeque<>();

  private record Displaced(ThreadId thread, Chunk chunk) {}

  DisplacedItems(Disk disk, DataDir dataDir, RetryMemoryLimit memory) {
    this.files = new DisplacedLines(disk, dataDir);
    this.memory = memory;
  }

  DisplacedLines files() {
    return files;
  }

  /// Takes over the items, with the memory that was reserved for them.
  void add(ThreadId thread, List<Chunk> chunks) {
    log.warn(
        "items {} to {} of thread {} are handed over to the replica that has taken over the thread,"
            + " because they waited for the storage: they get other ordinals",
        chunks.getFirst().first(),
        chunks.getLast().next() - 1,
        thread);
    synchronized (waiting) {
      chunks.forEach(chunk -> waiting.add(new Displaced(thread, chunk)));
    }
  }

  boolean isEmpty() {
    synchronized (waiting) {
      return waiting.isEmpty();
    }
  }

  /// Writes the items into files. One caller at a time.
  void save() throws IOException {
    for (var next = peek(); next != null; next = peek()) {
      var chunk = next.chunk();
      var turn = chunk.turn();
      files.add(next.thread(), turn == null ? null : turn.id(), chunk.lines());
      synchronized (waiting) {
        waiting.remove();
      }
      memory.give(chunk.lines().length());
    }
  }

  private @Nullable Displaced peek() {
    synchronized (waiting) {
      return waiting.peek();
    }
  }

  /// Called at the end of the process.
  void giveUp() {
    synchronized (waiting) {
      for (var one : waiting) {
        log.error(
            "items {} to {} of thread {} are lost: the storage did not accept them, and another"
                + " replica has taken over the thread",
            one.chunk().first(),
            one.chunk().next() - 1,
            one.thread());
      }
      waiting.clear();
    }
  }
}
