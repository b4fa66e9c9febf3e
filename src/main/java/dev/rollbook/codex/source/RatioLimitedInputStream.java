package dev.rollbook.codex.source;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/// Stream that decompresses zstd. After the first 16 MB, it fails if the compression ratio is above
/// 1000. Without this limit, a small file could decompress to terabytes and fill the disk.
final class RatioLimitedInputStream extends FilterInputStream {
  /// Rollouts have ratios of 10 to 50.
  private static final long MAX_RATIO = 1000;

  private static final long ALWAYS_ALLOWED_BYTES = 16L << 20;

  private final @Nullable RatioLimitedInputStream compressed;
  private long bytes;

  /// @param compressed counts what was read of the compressed stream; null for that stream itself
  private RatioLimitedInputStream(InputStream in, @Nullable RatioLimitedInputStream compressed) {
    super(in);
    this.compressed = compressed;
  }

  static InputStream zstd(InputStream compressed) throws IOException {
    var counted = new RatioLimitedInputStream(new BufferedInputStream(compressed), null);
    return new RatioLimitedInputStream(new ZstdInputStream(counted), counted);
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int read = in.read(target, offset, length);
    bytes += Math.max(read, 0);
    if (compressed != null
        && bytes > ALWAYS_ALLOWED_BYTES
        && bytes / MAX_RATIO > compressed.bytes) {
      throw new IOException("it unpacks to more than %d times its size".formatted(MAX_RATIO));
    }
    return read;
  }
}
