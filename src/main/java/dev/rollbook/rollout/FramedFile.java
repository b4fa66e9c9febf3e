package dev.rollbook.rollout;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.io.IOException;
import java.nio.ByteBuffer;

/// A compressed file with a table of its frames, read as the plain one that it holds: whoever reads
/// at a place pays for one frame.
final class FramedFile implements PlainView {
  private final DiskFile file;
  private final FrameTable table;
  private byte[] frame = new byte[0];
  private int loaded = -1;

  FramedFile(DiskFile file, FrameTable table) {
    this.file = file;
    this.table = table;
  }

  @Override
  public int read(ByteBuffer bytes, long position) throws IOException {
    if (position >= size()) {
      return -1;
    }
    int number = table.frameOf(position);
    load(number);
    int from = Math.toIntExact(position - table.plainStart(number));
    int length = Math.min(bytes.remaining(), frame.length - from);
    bytes.put(frame, from, length);
    return length;
  }

  @Override
  public long size() {
    return table.plainSize();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private void load(int number) throws IOException {
    if (number == loaded) {
      return;
    }
    loaded = -1;
    var packed = Bytes.read(file, table.start(number), table.length(number));
    int length = table.plainLength(number);
    frame = frame.length == length ? frame : new byte[length];
    if (decompress(packed, frame) != length) {
      throw new DamagedFileException("a frame is shorter than it should be");
    }
    loaded = number;
  }

  private static long decompress(byte[] packed, byte[] into) throws DamagedFileException {
    try {
      return Zstd.decompressByteArray(into, 0, into.length, packed, 0, packed.length);
    } catch (ZstdException damaged) {
      throw new DamagedFileException(String.valueOf(damaged.getMessage()));
    }
  }
}
