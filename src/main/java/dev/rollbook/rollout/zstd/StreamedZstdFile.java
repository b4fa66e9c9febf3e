package dev.rollbook.rollout.zstd;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStream;
import dev.rollbook.rollout.disk.DamagedFileException;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.FileInput;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StreamUtils;

/// A zstd file without a seek table. It can only be read forward, so a read before the current
/// position decompresses the file from its beginning again.
final class StreamedZstdFile extends DecompressedFile {
  private final long length;
  private @Nullable InputStream in;
  private long at;
  private long size = -1;

  /// @param length of the compressed file
  StreamedZstdFile(DiskFile file, long length) {
    super(file);
    this.length = length;
  }

  @Override
  public boolean isSeekable() {
    return false;
  }

  @Override
  public int read(ByteBuffer bytes, long position) throws IOException {
    try {
      var from = seek(position);
      var chunk = new byte[bytes.remaining()];
      int read = from.readNBytes(chunk, 0, chunk.length);
      bytes.put(chunk, 0, read);
      at += read;
      return read == 0 && chunk.length > 0 ? -1 : read;
    } catch (ZstdIOException e) {
      throw new DamagedFileException(e.getMessage());
    }
  }

  private InputStream seek(long position) throws IOException {
    var open = in;
    if (open == null || position < at) {
      closeStream();
      open = stream();
      in = open;
      at = 0;
    }
    while (at < position) {
      long skipped = open.skip(position - at);
      if (skipped <= 0) {
        return InputStream.nullInputStream();
      }
      at += skipped;
    }
    return open;
  }

  /// The format does not state the plain size, so the whole file is read once.
  @Override
  public long size() throws IOException {
    if (size < 0) {
      try (var all = stream()) {
        size = all.transferTo(OutputStream.nullOutputStream());
      } catch (ZstdIOException e) {
        throw new DamagedFileException(e.getMessage());
      }
    }
    return size;
  }

  @Override
  public void close() throws IOException {
    try {
      closeStream();
    } finally {
      super.close();
    }
  }

  private void closeStream() throws IOException {
    if (in != null) {
      in.close();
    }
  }

  private InputStream stream() throws IOException {
    var compressed = new BufferedInputStream(new FileInput(file, 0, length), 64 * 1024);
    return new ZstdInputStream(StreamUtils.nonClosing(compressed));
  }
}
