package dev.rollbook.rollout;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.storage.TestDatabase;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What holds for rollouts in files holds for rollouts in the database.
class RolloutsOnDatabaseTest {
  @Nested
  class WriterFaults extends RolloutWriterFaultTest {
    @Override
    Disk base() {
      return TestDatabase.sharedDisk();
    }
  }

  @Nested
  class Inserts extends RolloutInsertTest {
    @Override
    Disk base() {
      return TestDatabase.sharedDisk();
    }

    /// They are those of a process that was replaced: the rollout must be read again.
    @Override
    @Test
    void linesWrittenByAnotherProgramMeanwhileAreKept() {
      assertThatThrownBy(super::linesWrittenByAnotherProgramMeanwhileAreKept)
          .isInstanceOf(RolloutAheadException.class);
    }
  }

  @Nested
  class Copies extends RolloutCopyWriterTest {
    @Override
    Disk base() {
      return TestDatabase.sharedDisk();
    }
  }

  @Nested
  class Compression extends RolloutCompressorTest {
    @Override
    Disk base() {
      return TestDatabase.sharedDisk();
    }
  }

  @Nested
  class CompressionFaults extends RolloutCompressorFaultTest {
    @Override
    Disk base() {
      return TestDatabase.sharedDisk();
    }
  }
}
