package dev.rollbook.live;

import dev.rollbook.live.RolloutRecorder.Refusal;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.RolloutLine;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Skipped items of a live thread, kept in memory until its rollout accepts them.
///
/// The ordinals of queued items are greater than those of all lines of the rollout. Queued items
/// are written before any newer item. Caller must hold the thread lock, except for [#isEmpty].
final class RetryQueue {
  private static final Logger log = LoggerFactory.getLogger(RetryQueue.class);

  /// Bytes per write; small, so that a nearly full disk accepts as much as possible.
  private static final int MAX_CHUNK_BYTES = 64 * 1024;

  private final LiveState state;
  private final RolloutRecorder recorder;
  private final LiveServices services;
  private final Deque<Chunk> chunks = new ArrayDeque<>();
  private volatile boolean empty = true;

  RetryQueue(LiveState state, RolloutRecorder recorder, LiveServices services) {
    this.state = state;
    this.recorder = recorder;
    this.services = services;
  }

  /// Lines of one gap.
  ///
  /// @param turn that they belong to; null for none
  /// @param next the first ordinal after them
  record Chunk(UUID gap, @Nullable LiveTurn turn, long first, long next, EncodedLines lines) {

    boolean accepts(Chunk added) {
      return gap.equals(added.gap)
          && turn == added.turn
          && lines.length() + added.lines.length() <= MAX_CHUNK_BYTES;
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

  /// Reserves memory. If there is none, the items remain a gap.
  boolean reserve(EncodedLines lines) {
    return services.retryBuffer().take(lines.length());
  }

  /// Adds lines that memory was reserved for.
  void add(Chunk added) {
    var last = chunks.peekLast();
    if (last != null && last.accepts(added)) {
      chunks.removeLast();
      chunks.addLast(last.with(added));
    } else {
      chunks.addLast(added.trimmed());
    }
    empty = false;
  }

  /// @return why items are still queued; empty if none are
  Optional<Refusal> flush() {
    var refusal = createFile();
    for (var chunk = chunks.peekFirst();
        refusal.isEmpty() && chunk != null;
        chunk = chunks.peekFirst()) {
      refusal = recorder.writeLate(chunk.lines());
      if (refusal.isEmpty()) {
        written(chunk);
      }
    }
    return refusal;
  }

  /// Whether all is written, the first line of the rollout too. Needs no lock.
  boolean isEmpty() {
    return empty && recorder.hasFile();
  }

  /// Whether anything queued has to be written before lines that end at an ordinal.
  boolean hasBefore(long nextOrdinal) {
    var first = chunks.peekFirst();
    return first != null && first.first() < nextOrdinal;
  }

  /// The first ordinal that is not written yet: of the oldest items, or the next one of the thread.
  long firstUnwritten() {
    var first = chunks.peekFirst();
    return first == null ? state.nextOrdinal() : first.first();
  }

  /// The gap of the oldest items; null if the queue is empty.
  @Nullable UUID firstGap() {
    var first = chunks.peekFirst();
    return first == null ? null : first.gap();
  }

  void forEachLine(Consumer<RolloutLine> action) {
    chunks.forEach(chunk -> chunk.lines().forEach(action));
  }

  /// Flushes, and drops items that can never be written, because the rollout is gone or closed.
  ///
  /// @return false if the disk refuses items that can still be written
  boolean flushOrDrop() {
    return !mustWait(flushIfCurrent());
  }

  /// The same for callers that need an empty queue.
  ///
  /// @throws dev.rollbook.model.RollbookException.PersistenceUnavailable if the disk does not
  ///   accept what may still be written
  void requireFlushed() {
    var refusal = flushIfCurrent();
    if (mustWait(refusal)) {
      throw refusal.orElseThrow().problem(state.id());
    }
  }

  /// Flushes, and drops the items if another process has written other items with their ordinals,
  /// so that they can never be written.
  ///
  /// @return why items are still queued; empty if none are
  Optional<Refusal> flushIfCurrent() {
    try {
      return flush();
    } catch (OutdatedThreadException e) {
      giveUp(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /// Leaves all queued items as gaps, with one ERROR, because another process has written the
  /// thread.
  void giveUp(String cause) {
    if (!chunks.isEmpty()) {
      log.error(
          "items {} to {} of thread {}, which waited for the storage, cannot be written: {}",
          chunks.getFirst().first(),
          chunks.getLast().next() - 1,
          state.id(),
          cause);
    }
    drop();
  }

  /// Hands all queued items over to the next owner of the thread, and leaves no gaps: it gives
  /// their ordinals to others.
  void handOver() {
    if (!chunks.isEmpty()) {
      services.displaced().add(state.id(), List.copyOf(chunks));
      chunks.forEach(chunk -> services.gaps().giveUp(state.id(), chunk.gap()));
      chunks.clear();
      empty = true;
    }
  }

  /// Leaves all queued items as gaps.
  void drop() {
    while (!chunks.isEmpty()) {
      services.gaps().giveUp(state.id(), removeFirst().gap());
    }
  }

  private boolean mustWait(Optional<Refusal> refusal) {
    boolean fault = refusal.isPresent() && refusal.get().reason().isStorageFault();
    if (!fault) {
      drop();
    }
    return fault;
  }

  /// A thread that started on a full disk has no rollout until something is written.
  private Optional<Refusal> createFile() {
    if (recorder.hasFile()) {
      return Optional.empty();
    }
    var refusal = recorder.writeLate(EncodedLines.NONE);
    if (refusal.isEmpty()) {
      state.created();
      state.changed(services.clock().instant());
      services.skips().persisted();
    }
    return refusal;
  }

  private void written(Chunk chunk) {
    removeFirst();
    state.retried(chunk);
    state.changed(services.clock().instant());
    services.meters().persistedLate(chunk.items(), chunk.lines().length());
    services.skips().persisted();
    if (services.retried(state.owner(), state.id(), chunk.gap(), chunk.first(), chunk.next())) {
      state.gapClosed();
    }
  }

  private Chunk removeFirst() {
    var removed = chunks.removeFirst();
    services.retryBuffer().give(removed.lines().length());
    empty = chunks.isEmpty();
    return removed;
  }
}
