package dev.rollbook.imports;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import dev.rollbook.source.SourceFile;
import java.util.List;
import java.util.Optional;

/// What lies around a rollout that is imported: other rollouts, and the names of threads.
public interface Surroundings {
  /// Nothing but the file itself.
  Surroundings NONE =
      new Surroundings() {
        @Override
        public Optional<SourceFile> fileOf(ThreadId segment) {
          return Optional.empty();
        }

        @Override
        public List<SourceFile> segmentsOf(ThreadId thread) {
          return List.of();
        }

        @Override
        public Optional<Named> nameOf(ThreadId thread) {
          return Optional.empty();
        }
      };

  /// @param segment the id of a thread for the file that it began with
  Optional<SourceFile> fileOf(ThreadId segment);

  /// The files of a thread, oldest first: more than one where it was reverted.
  List<SourceFile> segmentsOf(ThreadId thread);

  Optional<Named> nameOf(ThreadId thread);
}
