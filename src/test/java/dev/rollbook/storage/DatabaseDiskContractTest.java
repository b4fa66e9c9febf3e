package dev.rollbook.storage;

import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskContract;
import java.nio.file.Path;
import java.util.UUID;

/// The contract of a disk, kept by rows of PostgreSQL.
class DatabaseDiskContractTest extends DiskContract {
  private final Path dataDir = Path.of("/contract", UUID.randomUUID().toString());

  @Override
  protected Disk disk() {
    return TestDatabase.sharedDisk();
  }

  @Override
  protected Path dataDir() {
    return dataDir;
  }
}
