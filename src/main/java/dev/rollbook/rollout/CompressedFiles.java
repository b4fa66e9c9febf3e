package dev.rollbook.rollout;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;

/// Makes compressed files of plain ones, and back. Neither is done before all of the new file is on
/// the disk.
final class CompressedFiles {
  static final int FRAME_BYTES = 1 << 20;
  private static final int LEVEL = 3;

  private CompressedFiles() {}

  /// Writes a plain file into a new compressed one, in frames that can be read one by one.
  static void compress(Disk disk, Path plain, Path into) throws IOException {
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
