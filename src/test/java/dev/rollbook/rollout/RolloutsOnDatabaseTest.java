package dev.rollbook.rollout;

import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.storage.TestDatabase;
import org.junit.jupiter.api.Nested;

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
