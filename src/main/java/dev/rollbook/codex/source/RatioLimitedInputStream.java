package dev.rollbook.codex.source;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// Zstd decompression that fails above a compression ratio of 1000: protection against small files
/// that decompress to terabytes and would fill the disk.
final class RatioLimitedInputStream extends FilterInputStream {
  /// Rollouts have ratios of 10 to 50.
  private static final long MAX_RATIO = 1000;

  private static final long ALWAYS_ALLOWED_BYTES = 16L << 20;

  private final CountingInputStream compressed;
  private long bytes;

  private RatioLimitedInputStream(CountingInputStream compressed) throws IOException {
    super(new ZstdInputStream(compressed));
    this.compressed = compressed;
  }

  static InputStream zstd(InputStream compressed) throws IOException {
    return new RatioLimitedInputStream(
        new CountingInputStream(new BufferedInputStream(compressed)));
  }

  @Override
  public int read() throws IOException {
    int read = in.read();
    count(read < 0 ? 0 : 1);
    return read;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int read = in.read(target, offset, length);
    count(read);
    return read;
  }

  private void count(int read) throws IOException {
    bytes += Math.max(read, 0);
    if (bytes > ALWAYS_ALLOWED_BYTES && bytes / MAX_RATIO > compressed.bytes) {
      throw new IOException("it unpacks to more than %d times its size".formatted(MAX_RATIO));
    }
  }

  private static final class CountingInputStream extends FilterInputStream {
    private long bytes;

    CountingInputStream(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int read = in.read();
      bytes += read < 0 ? 0 : 1;
      return read;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = in.read(target, offset, length);
      bytes += Math.max(read, 0);
      return read;
    }
  }
}
