package dev.rollbook.rollout;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A file that others compressed in one piece, read as the plain one that it holds: forwards from
/// its beginning, which who goes back begins again.
final class StreamedFile implements PlainView {
  private final DiskFile file;
  private final long length;
  private @Nullable InputStream in;
  private long at;
  private long size = -1;

  /// @param length of the compressed file
  StreamedFile(DiskFile file, long length) {
    this.file = file;
    this.length = length;
  }

  @Override
  public boolean isSeekable() {
    return false;
  }

  @Override
  public int read(ByteBuffer bytes, long position) throws IOException {
    try {
      return readOn(goTo(position), bytes);
    } catch (ZstdIOException damaged) {
      throw new DamagedFileException(String.valueOf(damaged.getMessage()));
    }
  }

  private int readOn(InputStream from, ByteBuffer bytes) throws IOException {
    var chunk = new byte[bytes.remaining()];
    int read = from.readNBytes(chunk, 0, chunk.length);
    bytes.put(chunk, 0, read);
    at += read;
    return read == 0 && chunk.length > 0 ? -1 : read;
  }

  private InputStream goTo(long position) throws IOException {
    var open = in;
    if (open == null || position < at) {
      close(open);
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

  /// How long the plain file is stands nowhere: all of it is read once.
  @Override
  public long size() throws IOException {
    if (size < 0) {
      try (var all = stream()) {
        size = all.transferTo(OutputStream.nullOutputStream());
      } catch (ZstdIOException damaged) {
        throw new DamagedFileException(String.valueOf(damaged.getMessage()));
      }
    }
    return size;
  }

  @Override
  public void close() throws IOException {
    try {
      close(in);
    } finally {
      file.close();
    }
  }

  private static void close(@Nullable InputStream stream) throws IOException {
    if (stream != null) {
      stream.close();
    }
  }

  private InputStream stream() throws IOException {
    return new ZstdInputStream(
        new BufferedInputStream(new KeptOpen(new FileInput(file, 0, length)), 64 * 1024));
  }

  /// The file outlives the streams that read it.
  private static final class KeptOpen extends FilterInputStream {
    KeptOpen(InputStream in) {
      super(in);
    }

    @Override
    public void close() {
      // Closed with the file.
    }
  }
}
