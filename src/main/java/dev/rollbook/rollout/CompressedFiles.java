package dev.rollbook.rollout;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;

/// Makes compressed files of plain ones, and back. Neither is done before all of the new file is on
/// the disk.
final class CompressedFiles {
  static final int FRAME = 1 << 20;
  private static final int LEVEL = 3;

  private CompressedFiles() {}

  /// Opens a compressed file as the plain one that it holds.
  static DiskFile open(Disk disk, Path path) throws IOException {
    var file = disk.openForRead(path);
    try {
      long size = file.size();
      var table = FrameTable.read(file, size);
      return table.isPresent() ? new FramedFile(file, table.get()) : new StreamedFile(file, size);
    } catch (IOException failed) {
      try (file) {
        throw failed;
      }
    }
  }

  /// Writes a plain file into a new compressed one, in frames that can be read one by one.
  static void compress(Disk disk, Path plain, Path into) throws IOException {
    try (var from = disk.openForRead(plain);
        var to = disk.create(into);
        var zstd = new ZstdCompressCtx().setLevel(LEVEL).setChecksum(true)) {
      var sizes = new ArrayList<int[]>();
      var packed = new byte[Math.toIntExact(Zstd.compressBound(FRAME))];
      long end = from.size();
      for (long at = 0; at < end; at += FRAME) {
        var bytes = Bytes.read(from, at, (int) Math.min(FRAME, end - at));
        int length = zstd.compressByteArray(packed, 0, packed.length, bytes, 0, bytes.length);
        to.appendAll(ByteBuffer.wrap(packed, 0, length));
        sizes.add(new int[] {length, bytes.length});
      }
      to.appendAll(FrameTable.write(sizes, sizes.size()));
      to.force();
    }
  }

  /// Writes what a compressed file holds into a new plain one.
  static void expand(Disk disk, Path compressed, Path into) throws IOException {
    try (var from = open(disk, compressed);
        var to = disk.create(into)) {
      var buffer = ByteBuffer.allocate(FRAME);
      for (long at = 0; from.read(buffer.clear(), at) > 0; at += buffer.position()) {
        to.appendAll(buffer.duplicate().flip());
      }
      to.force();
    }
  }

  /// How many bytes of a plain and a compressed file are the same, from the beginning.
  static Common compare(Disk disk, Path plain, Path compressed) throws IOException {
    try (var one = disk.openForRead(plain);
        var other = open(disk, compressed)) {
      long size = one.size();
      long otherSize = other.size();
      long shorter = Math.min(size, otherSize);
      for (long at = 0; at < shorter; at += FRAME) {
        int length = (int) Math.min(FRAME, shorter - at);
        if (!Arrays.equals(Bytes.read(one, at, length), Bytes.read(other, at, length))) {
          return Common.PART;
        }
      }
      return size >= otherSize ? Common.ALL_OF_COMPRESSED : Common.ALL_OF_PLAIN;
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
