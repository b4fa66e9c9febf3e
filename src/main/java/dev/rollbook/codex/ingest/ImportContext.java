package dev.rollbook.codex.ingest;

import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import java.util.List;
import java.util.Optional;

/// What is known beside a rollout that is imported: the other rollouts of its home, and the names
/// of threads.
public interface ImportContext {
  /// Of a rollout that was sent alone.
  ImportContext NONE = new ImportContext() {};

  /// @param segment the id of a thread for the file that it began with
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
