package dev.rollbook.rollout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/// Where the frames of a compressed file begin, and what of the plain file each holds.
///
/// It stands at the end of the file, in a frame that every zstd skips: the seekable format of zstd.
final class FrameTable {
  /// Frames that hold more are not worth a jump, nor the memory.
  static final int LARGEST_FRAME = 16 << 20;

  private static final int SKIPPABLE = 0x184D2A5E;
  private static final int SEEKABLE = 0x8F92EAB1;
  private static final int HEAD = 8;
  private static final int FOOT = 9;
  private static final int ENTRY = 8;
  private static final int CHECKSUM = 4;
  private static final int CHECKSUM_FLAG = 0x80;
  private static final int RESERVED = 0x7C;

  private final long[] starts;
  private final long[] plainStarts;

  /// @param starts of all frames, and of what comes behind them
  /// @param plainStarts the same in the plain file
  private FrameTable(long[] starts, long[] plainStarts) {
    this.starts = starts;
    this.plainStarts = plainStarts;
  }

  /// The table of a file; empty where it has none that fits it.
  static Optional<FrameTable> read(DiskFile file, long size) throws IOException {
    if (size < HEAD + FOOT) {
      return Optional.empty();
    }
    var foot = bytes(file, size - FOOT, FOOT);
    long frames = Integer.toUnsignedLong(foot.getInt());
    int descriptor = foot.get();
    int entry = (descriptor & CHECKSUM_FLAG) == 0 ? ENTRY : ENTRY + CHECKSUM;
    long length = HEAD + frames * entry + FOOT;
    if (foot.getInt() != SEEKABLE || (descriptor & RESERVED) != 0 || length > size) {
      return Optional.empty();
    }
    var table = bytes(file, size - length, Math.toIntExact(length - FOOT));
    boolean framed = table.getInt() == SKIPPABLE && table.getInt() == length - HEAD;
    return framed ? of(table, (int) frames, entry, size - length) : Optional.empty();
  }

  private static Optional<FrameTable> of(ByteBuffer entries, int frames, int entry, long end) {
    var starts = new long[frames + 1];
    var plainStarts = new long[frames + 1];
    for (int i = 0; i < frames; i++) {
      int at = HEAD + i * entry;
      long plain = Integer.toUnsignedLong(entries.getInt(at + 4));
      starts[i + 1] = starts[i] + Integer.toUnsignedLong(entries.getInt(at));
      plainStarts[i + 1] = plainStarts[i] + plain;
      if (plain > LARGEST_FRAME) {
        return Optional.empty();
      }
    }
    return starts[frames] == end
        ? Optional.of(new FrameTable(starts, plainStarts))
        : Optional.empty();
  }

  /// The frame that stands at the end of a file.
  ///
  /// @param sizes of each frame before it: compressed, plain
  static ByteBuffer write(Iterable<int[]> sizes, int frames) {
    int length = HEAD + frames * ENTRY + FOOT;
    var table = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    table.putInt(SKIPPABLE).putInt(length - HEAD);
    sizes.forEach(size -> table.putInt(size[0]).putInt(size[1]));
    return table.putInt(frames).put((byte) 0).putInt(SEEKABLE).flip();
  }

  long plainSize() {
    return plainStarts[plainStarts.length - 1];
  }

  /// The frame that holds a byte of the plain file.
  int frameOf(long position) {
    int found = Arrays.binarySearch(plainStarts, position);
    // Of frames that begin at one place all but the last are empty.
    int frame = found >= 0 ? found : -found - 2;
    while (frame + 1 < plainStarts.length - 1 && plainStarts[frame + 1] == position) {
      frame++;
    }
    return frame;
  }

  long start(int frame) {
    return starts[frame];
  }

  int length(int frame) {
    return Math.toIntExact(starts[frame + 1] - starts[frame]);
  }

  long plainStart(int frame) {
    return plainStarts[frame];
  }

  int plainLength(int frame) {
    return Math.toIntExact(plainStarts[frame + 1] - plainStarts[frame]);
  }

  private static ByteBuffer bytes(DiskFile file, long position, int length) throws IOException {
    return ByteBuffer.wrap(Bytes.read(file, position, length)).order(ByteOrder.LITTLE_ENDIAN);
  }
}
