package dev.rollbook.rollout;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Objects;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// Compresses rollouts that are not written any more. They are read as before, and whoever writes
/// one again makes it plain.
@Component
public class RolloutCompressor {
  static final int FRAME_BYTES = 1 << 20;
  private static final int LEVEL = 3;

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

  /// Makes the compressed file of a rollout where nobody looks for it; empty where there is nothing
  /// to compress. To be closed.
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

  /// A compressed file that holds all of a rollout, and waits to take its place.
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
      writeCompressed(disk, plain, unfinished.path());
      if (compare(disk, plain, unfinished.path()) != Common.ALL_OF_COMPRESSED) {
        throw new IOException("changed by another program");
      }
      disk.setModified(unfinished.path(), of.modified());
      bytes = Objects.requireNonNull(disk.stat(unfinished.path())).size();
    }

    /// Bytes of the rollout.
    public long plainBytes() {
      return of.size();
    }

    /// Bytes of the compressed file.
    public long bytes() {
      return bytes;
    }

    /// Takes the place of the plain file; to be called where nobody can write the thread.
    ///
    /// @return false if the rollout is not what it was
    public boolean replace() throws IOException {
      var target = DataDir.compressed(plain);
      view.makePlain(plain);
      if (!of.equals(disk.stat(plain))) {
        return false;
      }
      unfinished.publish(target);
      disk.forceName(plain);
      disk.delete(plain);
      sync.renamed(plain);
      return true;
    }

    @Override
    public void close() throws IOException {
      unfinished.close();
    }
  }

  /// Writes a plain file into a new compressed one, in frames that can be read one by one.
  static void writeCompressed(Disk disk, Path plain, Path into) throws IOException {
    try (var from = disk.openForRead(plain);
        var to = disk.create(into);
        var zstd = new ZstdCompressCtx().setLevel(LEVEL).setChecksum(true)) {
      var sizes = new ArrayList<int[]>();
      var packed = new byte[Math.toIntExact(Zstd.compressBound(FRAME_BYTES))];
      long end = from.size();
      for (long at = 0; at < end; at += FRAME_BYTES) {
        var bytes = from.readFully(at, (int) Math.min(FRAME_BYTES, end - at));
        int length = zstd.compressByteArray(packed, 0, packed.length, bytes, 0, bytes.length);
        to.appendAll(ByteBuffer.wrap(packed, 0, length));
        sizes.add(new int[] {length, bytes.length});
      }
      to.appendAll(SeekableZstdFile.table(sizes));
      to.force();
    }
  }

  /// Writes what a compressed file holds into a new plain one.
  static void expand(Disk disk, Path compressed, Path into) throws IOException {
    try (var from = DecompressedFile.open(disk, compressed);
        var to = disk.create(into)) {
      var buffer = ByteBuffer.allocate(FRAME_BYTES);
      for (long at = 0; from.read(buffer.clear(), at) > 0; at += buffer.position()) {
        to.appendAll(buffer.duplicate().flip());
      }
      to.force();
    }
  }

  static Common compare(Disk disk, Path plain, Path compressed) throws IOException {
    try (var one = disk.openForRead(plain);
        var other = DecompressedFile.open(disk, compressed)) {
      long common = one.commonPrefix(other);
      if (common == other.size()) {
        return Common.ALL_OF_COMPRESSED;
      }
      return common == one.size() ? Common.ALL_OF_PLAIN : Common.PART;
    }
  }

  /// What of two files is the same.
  enum Common {
    /// The plain one begins with the compressed one, or is the same.
    ALL_OF_COMPRESSED,
    /// The compressed one begins with the plain one, and is longer.
    ALL_OF_PLAIN,
    PART
  }
}
