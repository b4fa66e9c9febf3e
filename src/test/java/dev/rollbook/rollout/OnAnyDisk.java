package dev.rollbook.rollout;

import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.LocalDisk;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/// Tests of rollouts that hold on every disk. Each test class runs on the local disk; a subclass
/// may name another one.
abstract class OnAnyDisk {
  @TempDir Path directory;

  /// The disk below the one whose calls fail.
  Disk base() {
    return new LocalDisk();
  }

  TestRollouts in(Path dataDir) {
    return in(dataDir, SyncPolicy.INTERVAL);
  }

  TestRollouts in(Path dataDir, SyncPolicy policy) {
    return TestRollouts.on(base(), dataDir, policy);
  }
}
