package dev.rollbook.codex.ingest;

import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import java.util.List;
import java.util.Optional;

/// Information that the import of a rollout may need beside the rollout itself: the other rollouts
/// of the same import, and the names of threads.
public interface ImportContext {
  /// Context of an uploaded rollout: there are no other files.
  ImportContext NONE = new ImportContext() {};

  /// @param segment id of the segment; for the first file of a thread, the id of the thread
  default Optional<SourceFile> fileOf(ThreadId segment) {
    return Optional.empty();
  }

  /// The files of a thread, oldest first: more than one if it was reverted.
  default List<SourceFile> segmentsOf(ThreadId thread) {
    return List.of();
  }

  default Optional<Named> nameOf(ThreadId thread) {
    return Optional.empty();
  }
}
