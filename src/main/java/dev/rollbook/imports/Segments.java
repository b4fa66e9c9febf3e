package dev.rollbook.imports;

import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.ForkBase;
import dev.rollbook.projection.MetaCopy;
import dev.rollbook.projection.SessionMeta;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.line.MemoryBudget;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Finds the threads that end with the segments of reverted ones.
@Component
class Segments {
  private final Rollouts rollouts;
  private final ThreadRows threads;
  private final DeletedThreads deleted;

  Segments(Rollouts rollouts, ThreadRows threads, DeletedThreads deleted) {
    this.rollouts = rollouts;
    this.threads = threads;
    this.deleted = deleted;
  }

  /// The segment that a thread ends with: its own id where it was never reverted.
  ThreadId last(ThreadRow row) throws IOException {
    var id = new ThreadId(row.id());
    var first = firstLine(row);
    return first == null ? id : MetaCopy.segment(first).orElse(id);
  }

  /// The thread that has the lines which a rollout goes on from.
  ///
  /// @param first line of that rollout
  Optional<ThreadRow> parent(RolloutLine first, ForkBase base) throws IOException {
    var segment = base.parent();
    var meta = SessionMeta.ofThread(first, Instant.EPOCH);
    var owners =
        Stream.of(
                Optional.of(segment),
                meta.map(SessionMeta::id),
                meta.map(said -> said.lineage().forkedFrom()))
            .flatMap(Optional::stream)
            .distinct()
            .toList();
    for (var owner : owners) {
      var row = find(owner);
      if (row.isPresent() && last(row.get()).equals(segment)) {
        return row;
      }
    }
    for (var owner : owners) {
      var kept = kept(owner, segment);
      if (kept.isPresent()) {
        return kept;
      }
    }
    return Optional.empty();
  }

  /// The thread that keeps what another one was while it ended with a segment.
  Optional<ThreadRow> kept(ThreadId reverted, ThreadId segment) throws IOException {
    for (var child : threads.childrenOf(reverted.value())) {
      var row = find(new ThreadId(child));
      boolean isFork = row.isPresent() && reverted.value().equals(row.get().forkedFromId());
      if (isFork && last(row.get()).equals(segment)) {
        return row;
      }
    }
    return Optional.empty();
  }

  /// The id for what a thread was before it was reverted: that of the segment by which it was; one
  /// that is made of both ids where another thread has that.
  ThreadId idOfKept(ThreadId reverted, ThreadId segment, ThreadId by) {
    boolean isTaken = by.equals(reverted) || threads.existsById(by.value());
    return isTaken
        ? new ThreadId(
            UUID.nameUUIDFromBytes((reverted + "_" + segment).getBytes(StandardCharsets.US_ASCII)))
        : by;
  }

  @Nullable RolloutLine firstLine(ThreadRow row) throws IOException {
    try (var reader = rollouts.read(ref(row))) {
      var first = reader.next();
      if (reader.isShortened()) {
        throw new ImportFailedException(
            "its first line is longer than %d bytes: it is not joined with its parent"
                .formatted(MemoryBudget.MAX_LINE_BYTES));
      }
      return first;
    }
  }

  RolloutRef ref(ThreadRow row) {
    return rollouts.ref(new ThreadId(row.id()), row.rolloutPath());
  }

  private Optional<ThreadRow> find(ThreadId id) {
    return deleted.contains(id) ? Optional.empty() : threads.findById(id.value());
  }
}
