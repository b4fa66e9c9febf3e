package dev.rollbook.rollout.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/// A file that is written under a temporary name, which readers ignore, and renamed when it is
/// complete. `close()` deletes the file unless it was published.
public final class UnfinishedFile implements Closeable {
  private final Disk disk;
  private final Path path;
  private boolean published;

  public UnfinishedFile(Disk disk, Path path) {
    this.disk = disk;
    this.path = path;
  }

  public Path path() {
    return path;
  }

  /// Renames it, replacing what is at the target.
  public void publish(Path target) throws IOException {
    disk.move(path, target);
    published = true;
  }

  @Override
  public void close() throws IOException {
    if (!published) {
      disk.delete(path);
    }
  }
}
