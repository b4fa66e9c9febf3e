package dev.rollbook.codex.ingest;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import dev.rollbook.codex.source.SourceFile;
import java.util.List;
import java.util.Optional;

/// What is known beside a rollout that is imported: the other rollouts of its home, and the names
/// of threads.
public interface ImportContext {
  /// Of a rollout that was sent alone.
  ImportContext NONE =
      new ImportContext() {
        @Override
        public List<SourceFile> segmentsOf(ThreadId thread) {
          return List.of();
        }

        @Override
        public Optional<SourceFile> fileOf(ThreadId segment) {
          return Optional.empty();
        }

        @Override
        public Optional<Named> nameOf(ThreadId thread) {
          return Optional.empty();
        }
      };

  /// @param segment the id of a thread for the file that it began with
  Optional<SourceFile> fileOf(ThreadId segment);

  /// The files of a thread, oldest first: more than one if it was reverted.
  List<SourceFile> segmentsOf(ThreadId thread);

  Optional<Named> nameOf(ThreadId thread);
}
