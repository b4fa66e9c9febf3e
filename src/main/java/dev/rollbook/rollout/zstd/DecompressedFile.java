package dev.rollbook.rollout.zstd;

import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.IoRecovery;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/// Read-only view of the uncompressed content of a zstd file.
public abstract sealed class DecompressedFile implements DiskFile
    permits SeekableZstdFile, StreamedZstdFile {
  final DiskFile file;

  DecompressedFile(DiskFile file) {
    this.file = file;
  }

  /// Opens a compressed file; one without a seek table is read as a stream.
  static DecompressedFile open(Disk disk, Path path) throws IOException {
    var file = disk.openForRead(path);
    return IoRecovery.closeOnFailure(
        file,
        () -> {
          long size = file.size();
          var seekable = SeekableZstdFile.open(file, size);
          return seekable.isPresent() ? seekable.get() : new StreamedZstdFile(file, size);
        });
  }

  @Override
  public final int append(ByteBuffer bytes) {
    throw new UnsupportedOperationException("compressed");
  }

  @Override
  public final void write(ByteBuffer bytes, long position) {
    throw new UnsupportedOperationException("compressed");
  }

  @Override
  public final void truncate(long size) {
    throw new UnsupportedOperationException("compressed");
  }

  @Override
  public final void force() {
    throw new UnsupportedOperationException("compressed");
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /// Decompresses a file into a new one.
  static void expand(Disk disk, Path compressed, Path into) throws IOException {
    try (var from = open(disk, compressed);
        var to = disk.create(into)) {
      var buffer = ByteBuffer.allocate(CHUNK_BYTES);
      for (long at = 0; from.read(buffer.clear(), at) > 0; at += buffer.position()) {
        to.appendAll(buffer.duplicate().flip());
      }
      to.force();
    }
  }

  public static Common compare(Disk disk, Path plain, Path compressed) throws IOException {
    try (var one = disk.openForRead(plain);
        var other = open(disk, compressed)) {
      long common = one.commonPrefix(other);
      if (common == other.size()) {
        return Common.ALL_OF_COMPRESSED;
      }
      return common == one.size() ? Common.ALL_OF_PLAIN : Common.PART;
    }
  }

  /// What a plain and a compressed file have in common.
  public enum Common {
    /// The plain file begins with all of the compressed one.
    ALL_OF_COMPRESSED,
    /// The compressed file begins with all of the plain one, and is longer.
    ALL_OF_PLAIN,
    PART
  }
}
