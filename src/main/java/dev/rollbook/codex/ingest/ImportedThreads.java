package dev.rollbook.codex.ingest;

import dev.rollbook.access.Access;
import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.memory.MemoryBudget;
import dev.rollbook.model.RollbookException.ThreadIdTaken;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.ForkBase;
import dev.rollbook.projection.SessionMeta;
import dev.rollbook.projection.SessionMetaEditor;
import dev.rollbook.reconcile.RowRebuilder;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.datadir.Tombstones;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Finds the Rollbook threads to which a rollout of Codex refers: its own thread, its parent if it
/// is a fork, and, after a `thread/revert` in Codex, the fork that keeps the earlier history.
@Component
record ImportedThreads(
    ThreadRepository rows, Tombstones deleted, Rollouts rollouts, RowRebuilder rebuild) {
  boolean isDeleted(ThreadId thread) {
    return deleted.contains(thread);
  }

  /// @throws ThreadIdTaken if a thread has or had the id that the import does not see
  void requireVisible(Access access, ThreadId thread) {
    if (isTakenByOthers(access, thread)) {
      throw new ThreadIdTaken(thread);
    }
  }

  /// Whether a thread that the import does not see has the id, or had it and was deleted.
  boolean isTakenByOthers(Access access, ThreadId thread) {
    return !access.isUnrestricted()
        && (isDeleted(thread)
            ? !access.sees(deleted.ownerOf(thread))
            : rows.ownerOf(thread.value()).filter(owner -> !access.sees(owner)).isPresent());
  }

  /// The row of a thread that the import sees; empty for a deleted one.
  Optional<ThreadRow> row(Access access, ThreadId thread) {
    return isDeleted(thread)
        ? Optional.empty()
        : rows.findById(thread.value()).filter(row -> access.sees(row.provenance().owner()));
  }

  /// The row of the thread of a file. If the state-db lost it, it is rebuilt from the rollout.
  Optional<ThreadRow> row(Access access, SourceFile file) throws IOException {
    var row = row(access, file.thread());
    return row.isEmpty()
            && !isDeleted(file.thread())
            && (isRebuilt(file, false) || isRebuilt(file, true))
        ? row(access, file.thread())
        : row;
  }

  private boolean isRebuilt(SourceFile file, boolean archived) throws IOException {
    var copy = rollouts.importRef(file.thread(), file.name(), archived);
    return rollouts.size(copy) > 0 && rebuild.insert(copy);
  }

  RolloutRef ref(ThreadRow row) {
    return rollouts.ref(new ThreadId(row.id()), row.storage().rolloutPath());
  }

  /// Null if the rollout is empty.
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

  /// The last segment of a thread: its own id if it was never reverted.
  ThreadId lastSegment(ThreadRow row) throws IOException {
    var id = new ThreadId(row.id());
    var first = firstLine(row);
    return first == null ? id : SessionMetaEditor.segment(first).orElse(id);
  }

  /// The thread with the lines that a fork, or a segment of a reverted thread, continues.
  ///
  /// @param first line of the fork
  Optional<ThreadRow> parent(Access access, RolloutLine first, ForkBase base) throws IOException {
    var segment = base.parent();
    var meta = SessionMeta.ofThread(first, Instant.EPOCH);
    var candidates =
        Stream.of(
                Optional.of(segment),
                meta.map(SessionMeta::id),
                meta.map(own -> own.lineage().forkedFrom()))
            .flatMap(Optional::stream)
            .distinct()
            .toList();
    for (var candidate : candidates) {
      var row = row(access, candidate);
      if (row.isPresent() && lastSegment(row.get()).equals(segment)) {
        return row;
      }
    }
    for (var candidate : candidates) {
      var kept = kept(access, candidate, segment);
      if (kept.isPresent()) {
        return kept;
      }
    }
    return Optional.empty();
  }

  /// The thread that holds the history that a reverted thread had when it ended with the given
  /// segment.
  Optional<ThreadRow> kept(Access access, ThreadId reverted, ThreadId segment) throws IOException {
    for (var child : rows.childrenOf(reverted.value())) {
      var row = row(access, new ThreadId(child));
      boolean isFork =
          row.isPresent() && reverted.value().equals(row.get().lineage().forkedFromId());
      if (isFork && lastSegment(row.get()).equals(segment)) {
        return row;
      }
    }
    return Optional.empty();
  }

  /// Id of the thread that holds the history from before a revert: the id of the segment that the
  /// revert began or, if another thread has that id, one made of both ids.
  ///
  /// @throws ThreadIdTaken if a thread that the import does not see has or had that one, too: the
  ///   history would have no thread
  ThreadId idOfKept(Access access, ThreadId reverted, ThreadId segment, ThreadId by) {
    boolean isTaken =
        by.equals(reverted) || rows.existsById(by.value()) || isTakenByOthers(access, by);
    if (!isTaken) {
      return by;
    }
    var ofBoth = (reverted + "_" + segment).getBytes(StandardCharsets.US_ASCII);
    var id = new ThreadId(UUID.nameUUIDFromBytes(ofBoth));
    requireVisible(access, id);
    return id;
  }
}
