package dev.rollbook.rollout.zstd;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.rollbook.rollout.disk.DamagedFileException;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A file in the seekable format of zstd, which consists of frames. A read at any position
/// decompresses only the frame that contains the position.
///
/// The seek table is at the end of the file, in a frame that every zstd decoder skips. The table
/// states where each frame begins, and how many uncompressed bytes the frame contains.
public final class SeekableZstdFile extends DecompressedFile {
  /// Plain bytes of the frames that [#write] makes.
  public static final int FRAME_BYTES = 1 << 20;

  private static final int LEVEL = 3;

  /// With larger frames a seek saves little, and needs too much memory.
  static final int MAX_FRAME_BYTES = 16 << 20;

  private static final int SKIPPABLE_MAGIC = 0x184D2A5E;
  private static final int SEEKABLE_MAGIC = 0x8F92EAB1;
  private static final int HEADER_BYTES = 8;
  private static final int FOOTER_BYTES = 9;
  private static final int ENTRY_BYTES = 8;
  private static final int CHECKSUM_BYTES = 4;
  private static final int CHECKSUM_FLAG = 0x80;
  private static final int RESERVED_BITS = 0x7C;

  /// Start of each frame in the file, followed by the start of the seek table.
  private final long[] starts;

  /// Start of each frame in the plain file, followed by its end.
  private final long[] plainStarts;

  private byte[] frame = new byte[0];
  private int loaded = -1;

  private SeekableZstdFile(DiskFile file, long[] starts, long[] plainStarts) {
    super(file);
    this.starts = starts;
    this.plainStarts = plainStarts;
  }

  /// Empty for a file without a seek table that fits it.
  static Optional<SeekableZstdFile> open(DiskFile file, long size) throws IOException {
    if (size < HEADER_BYTES + FOOTER_BYTES) {
      return Optional.empty();
    }
    var footer = littleEndian(file.readFully(size - FOOTER_BYTES, FOOTER_BYTES));
    long frames = Integer.toUnsignedLong(footer.getInt());
    int descriptor = footer.get();
    int entry = ENTRY_BYTES + ((descriptor & CHECKSUM_FLAG) == 0 ? 0 : CHECKSUM_BYTES);
    long length = HEADER_BYTES + frames * entry + FOOTER_BYTES;
    if (footer.getInt() != SEEKABLE_MAGIC || (descriptor & RESERVED_BITS) != 0 || length > size) {
      return Optional.empty();
    }
    var table = littleEndian(file.readFully(size - length, Math.toIntExact(length - FOOTER_BYTES)));
    boolean framed = table.getInt() == SKIPPABLE_MAGIC && table.getInt() == length - HEADER_BYTES;
    return framed ? open(file, table, (int) frames, entry, size - length) : Optional.empty();
  }

  private static Optional<SeekableZstdFile> open(
      DiskFile file, ByteBuffer table, int frames, int entry, long end) {
    var starts = new long[frames + 1];
    var plainStarts = new long[frames + 1];
    for (int i = 0; i < frames; i++) {
      int at = HEADER_BYTES + i * entry;
      long plain = Integer.toUnsignedLong(table.getInt(at + 4));
      starts[i + 1] = starts[i] + Integer.toUnsignedLong(table.getInt(at));
      plainStarts[i + 1] = plainStarts[i] + plain;
      if (plain > MAX_FRAME_BYTES) {
        return Optional.empty();
      }
    }
    return starts[frames] == end
        ? Optional.of(new SeekableZstdFile(file, starts, plainStarts))
        : Optional.empty();
  }

  /// Compresses a file into a new one with a seek table.
  public static void write(Disk disk, Path plain, Path into) throws IOException {
    try (var from = disk.openForRead(plain);
        var to = disk.create(into);
        var zstd = new ZstdCompressCtx().setLevel(LEVEL).setChecksum(true)) {
      var sizes = new ArrayList<int[]>();
      var packed = new byte[Math.toIntExact(Zstd.compressBound(FRAME_BYTES))];
      long end = from.size();
      for (long at = 0; at < end; at += FRAME_BYTES) {
        var bytes = from.readFully(at, (int) Math.min(FRAME_BYTES, end - at));
        int length = zstd.compressByteArray(packed, 0, packed.length, bytes, 0, bytes.length);
        to.appendAll(ByteBuffer.wrap(packed, 0, length));
        sizes.add(new int[] {length, bytes.length});
      }
      to.appendAll(table(sizes));
      to.force();
    }
  }

  /// The seek table of a file.
  ///
  /// @param sizes of each frame: compressed, plain
  static ByteBuffer table(List<int[]> sizes) {
    int length = HEADER_BYTES + sizes.size() * ENTRY_BYTES + FOOTER_BYTES;
    var table = littleEndian(new byte[length]);
    table.putInt(SKIPPABLE_MAGIC).putInt(length - HEADER_BYTES);
    sizes.forEach(size -> table.putInt(size[0]).putInt(size[1]));
    return table.putInt(sizes.size()).put((byte) 0).putInt(SEEKABLE_MAGIC).flip();
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public long size() {
    return plainStarts[plainStarts.length - 1];
  }

  @Override
  public int read(ByteBuffer bytes, long position) throws IOException {
    if (position >= size()) {
      return -1;
    }
    int number = frameOf(position);
    load(number);
    int from = Math.toIntExact(position - plainStarts[number]);
    int length = Math.min(bytes.remaining(), frame.length - from);
    bytes.put(frame, from, length);
    return length;
  }

  private int frameOf(long position) {
    int found = Arrays.binarySearch(plainStarts, position);
    // Of frames that begin at the same position all but the last are empty.
    int number = found >= 0 ? found : -found - 2;
    while (number + 1 < plainStarts.length - 1 && plainStarts[number + 1] == position) {
      number++;
    }
    return number;
  }

  private void load(int number) throws IOException {
    if (number == loaded) {
      return;
    }
    loaded = -1;
    var packed =
        file.readFully(starts[number], Math.toIntExact(starts[number + 1] - starts[number]));
    int length = Math.toIntExact(plainStarts[number + 1] - plainStarts[number]);
    frame = frame.length == length ? frame : new byte[length];
    if (decompress(packed, frame) != length) {
      throw new DamagedFileException("a frame is shorter than it should be");
    }
    loaded = number;
  }

  private static long decompress(byte[] packed, byte[] into) throws DamagedFileException {
    try {
      return Zstd.decompressByteArray(into, 0, into.length, packed, 0, packed.length);
    } catch (ZstdException e) {
      throw new DamagedFileException(e.getMessage());
    }
  }
}
