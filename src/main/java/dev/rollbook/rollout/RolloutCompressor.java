package dev.rollbook.rollout;

import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.FileState;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.UnfinishedFile;
import dev.rollbook.rollout.zstd.CompressibleDisk;
import dev.rollbook.rollout.zstd.DecompressedFile;
import dev.rollbook.rollout.zstd.SeekableZstdFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// Compresses rollouts of threads that are no longer used. Readers see no difference. The next
/// write decompresses the file.
@Component
public class RolloutCompressor {
  private final Disk disk;
  private final CompressibleDisk view;
  private final DataDir dataDir;
  private final RolloutSync sync;

  RolloutCompressor(Disk disk, Rollouts rollouts, DataDir dataDir, RolloutSync sync) {
    this.disk = disk;
    this.view = rollouts.disk();
    this.dataDir = dataDir;
    this.sync = sync;
  }

  /// Compresses a rollout into an unfinished file; empty if the rollout does not exist. Caller must
  /// close the result.
  public Optional<Compressed> compress(RolloutRef ref) throws IOException {
    var state = disk.stat(ref.path());
    if (state == null) {
      return Optional.empty();
    }
    var compressed =
        new Compressed(ref.path(), state, DataDir.compressed(dataDir.unfinishedCopy()));
    return IoRecovery.closeOnFailure(
        compressed,
        () -> {
          compressed.write();
          return Optional.of(compressed);
        });
  }

  /// A complete compressed file that has not replaced the rollout yet.
  public final class Compressed implements Closeable {
    private final Path plain;
    private final FileState of;
    private final UnfinishedFile unfinished;
    private long bytes;

    private Compressed(Path plain, FileState of, Path unfinished) {
      this.plain = plain;
      this.of = of;
      this.unfinished = new UnfinishedFile(disk, unfinished);
    }

    private void write() throws IOException {
      SeekableZstdFile.write(disk, plain, unfinished.path());
      if (DecompressedFile.compare(disk, plain, unfinished.path())
          != DecompressedFile.Common.ALL_OF_COMPRESSED) {
        throw new IOException("changed by another program");
      }
      disk.setModified(unfinished.path(), of.modified());
      bytes = Objects.requireNonNull(disk.stat(unfinished.path())).size();
    }

    /// Size of the compressed file.
    public long bytes() {
      return bytes;
    }

    /// Replaces the uncompressed file. Caller must keep others from writing the thread.
    ///
    /// @return false if the rollout has changed since it was compressed
    public boolean replace() throws IOException {
      var target = DataDir.compressed(plain);
      view.expandIfCompressed(plain);
      if (!isUnchanged()) {
        return false;
      }
      unfinished.publish(target);
      disk.forceName(plain);
      disk.delete(plain);
      sync.renamed(plain);
      return true;
    }

    /// On a disk that no other program writes, it is opened first: from then on, a process that was
    /// replaced cannot write it.
    private boolean isUnchanged() throws IOException {
      if (disk.isExclusive() && disk.stat(plain) != null) {
        disk.openForAppend(plain).close();
      }
      return of.equals(disk.stat(plain));
    }

    @Override
    public void close() throws IOException {
      unfinished.close();
    }
  }
}
