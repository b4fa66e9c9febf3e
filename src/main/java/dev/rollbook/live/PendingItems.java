package dev.rollbook.live;

import dev.rollbook.persistence.RetryBuffer;
import dev.rollbook.rollout.line.EncodedLines;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Items that the rollout of a live thread did not take, in their order, until it does. Guarded by
/// the thread.
///
/// They come after everything that the rollout holds: what waits is written before what is new.
final class PendingItems {
  /// What is written at once, so that a disk with little room takes as much as it can.
  private static final int CHUNK = 64 * 1024;

  private final RetryBuffer buffer;
  private final Deque<Chunk> chunks = new ArrayDeque<>();
  private volatile boolean empty = true;

  PendingItems(RetryBuffer buffer) {
    this.buffer = buffer;
  }

  /// Makes room; where there is none the items stay a gap.
  boolean reserve(EncodedLines lines) {
    return buffer.take(lines.length());
  }

  /// Keeps items that room was made for.
  void add(Chunk added) {
    var last = chunks.peekLast();
    if (last != null && last.takes(added)) {
      chunks.removeLast();
      chunks.addLast(last.with(added));
    } else {
      chunks.addLast(added.trimmed());
    }
    empty = false;
  }

  @Nullable Chunk first() {
    return chunks.peekFirst();
  }

  /// The first chunk is in the rollout, or never will be.
  void removeFirst() {
    buffer.give(chunks.removeFirst().lines().length());
    empty = chunks.isEmpty();
  }

  /// May be asked without the thread's lock.
  boolean isEmpty() {
    return empty;
  }

  /// Ids count as held: who sends the items again is not to have them twice.
  void addIdsTo(RecentIds ids) {
    chunks.forEach(chunk -> chunk.lines().forEach(line -> ids.add(line.id(), line.ordinal())));
  }

  /// Lines of one gap.
  ///
  /// @param turn that they belong to; null for none
  /// @param next the first ordinal after them
  record Chunk(UUID gap, @Nullable LiveTurn turn, long first, long next, EncodedLines lines) {

    boolean takes(Chunk added) {
      return gap.equals(added.gap)
          && turn == added.turn
          && lines.length() + added.lines.length() <= CHUNK;
    }

    Chunk with(Chunk added) {
      return new Chunk(gap, turn, first, added.next, lines.plus(added.lines));
    }

    Chunk trimmed() {
      return new Chunk(gap, turn, first, next, EncodedLines.NONE.plus(lines));
    }

    int items() {
      return Math.toIntExact(next - first);
    }
  }
}
