package dev.rollbook.rollout.disk;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// The contract of a disk, kept by the file system of this machine.
class LocalDiskContractTest extends DiskContract {
  @TempDir Path directory;
  private Path dataDir;

  @BeforeEach
  void resolveLinks() throws IOException {
    dataDir = directory.toRealPath();
  }

  @Override
  protected Disk disk() {
    return new LocalDisk(dataDir);
  }

  @Override
  protected Path dataDir() {
    return dataDir;
  }
}
