package dev.rollbook.source;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// What a compressed file comes to, as long as that is in proportion: a few kilobytes that unpack
/// to terabytes are no rollout, and would fill the disk.
final class Unpacked extends FilterInputStream {
  /// Far more than histories come to, which are packed to a tenth or a fiftieth.
  private static final long TIMES = 1000;

  private static final long ALWAYS = 16L << 20;

  private final CountingInput packed;
  private long unpacked;

  Unpacked(InputStream in, CountingInput packed) {
    super(in);
    this.packed = packed;
  }

  @Override
  public int read() throws IOException {
    int read = in.read();
    counted(read < 0 ? 0 : 1);
    return read;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    return counted(in.read(target, offset, length));
  }

  private int counted(int read) throws IOException {
    unpacked += Math.max(read, 0);
    if (unpacked > ALWAYS && unpacked / TIMES > packed.count()) {
      throw new IOException("it unpacks to more than %d times its size".formatted(TIMES));
    }
    return read;
  }
}
