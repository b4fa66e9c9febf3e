package dev.rollbook.rollout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Read-only view of a zstd file: reads as the plain file that it holds. [CompressibleDisk] expands
/// a file before it is written.
abstract sealed class DecompressedFile implements DiskFile
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

  /// The bytes of a compressed rollout are not what they should be.
  static final class DamagedFileException extends IOException {
    DamagedFileException(@Nullable String cause) {
      super("compressed rollout is damaged: " + cause);
    }
  }
}
