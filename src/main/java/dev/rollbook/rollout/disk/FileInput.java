package dev.rollbook.rollout.disk;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/// Input stream of a range of a file. It ends where the range ends, even if the file has grown.
public final class FileInput extends InputStream {
  private final DiskFile file;
  private final long end;
  private long position;

  /// Closes the file with the stream.
  ///
  /// @param end in bytes of the file, exclusive
  public FileInput(DiskFile file, long start, long end) {
    this.file = file;
    this.position = start;
    this.end = end;
  }

  /// Opens a file from a position to its present end. Caller must close the stream.
  public static FileInput open(Disk disk, Path path, long start) throws IOException {
    var file = disk.openForRead(path);
    return IoRecovery.closeOnFailure(file, () -> new FileInput(file, start, file.size()));
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    int length = (int) Math.min(count, end - position);
    if (length <= 0) {
      return count == 0 ? 0 : -1;
    }
    int read = file.read(ByteBuffer.wrap(target, offset, length), position);
    position += Math.max(read, 0);
    return read;
  }

  @Override
  public long skip(long count) {
    long skipped = Math.clamp(count, 0, end - position);
    position += skipped;
    return skipped;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
