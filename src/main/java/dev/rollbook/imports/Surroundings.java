package dev.rollbook.imports;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.NameLines.Named;
import dev.rollbook.source.SourceFile;
import java.util.Optional;

/// What lies around a rollout that is imported: other rollouts, and the names of threads.
public interface Surroundings {
  /// Nothing but the file itself.
  Surroundings NONE =
      new Surroundings() {
        @Override
        public Optional<SourceFile> fileOf(ThreadId thread) {
          return Optional.empty();
        }

        @Override
        public Optional<Named> nameOf(ThreadId thread) {
          return Optional.empty();
        }
      };

  Optional<SourceFile> fileOf(ThreadId thread);

  Optional<Named> nameOf(ThreadId thread);
}
