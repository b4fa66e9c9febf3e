package dev.rollbook.rollout;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;

/// A rollout as bytes, as long as it was when it was asked for, though it grows meanwhile.
public final class RolloutContent {
  private final Disk disk;
  private final RolloutRef ref;
  private final FileState state;
  private final long length;

  RolloutContent(Disk disk, RolloutRef ref, FileState state, long length) {
    this.disk = disk;
    this.ref = ref;
    this.state = state;
    this.length = length;
  }

  public long length() {
    return length;
  }

  public Instant modified() {
    return state.modified();
  }

  /// Changes whenever the bytes do: rollouts only grow, or become another file.
  public String tag() {
    return "%x-%x".formatted(state.key().hashCode(), length);
  }

  public String fileName() {
    return String.valueOf(ref.path().getFileName());
  }

  /// @throws RolloutReplacedException if another file has taken the place of the one that was asked
  ///   for
  public InputStream open() throws IOException {
    var file = disk.openForRead(ref.path());
    try {
      var now = disk.stat(ref.path());
      if (now == null || !now.key().equals(state.key())) {
        throw new RolloutReplacedException(ref.thread());
      }
      return new Snapshot(file, length);
    } catch (IOException failed) {
      file.close();
      throw failed;
    }
  }

  /// Ends where the file ended, whatever is written behind.
  private static final class Snapshot extends InputStream {
    private final DiskFile file;
    private final long length;
    private long position;

    Snapshot(DiskFile file, long length) {
      this.file = file;
      this.length = length;
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
      int room = (int) Math.min(count, length - position);
      if (room <= 0) {
        return count == 0 ? 0 : -1;
      }
      int read = file.read(ByteBuffer.wrap(target, offset, room), position);
      position += Math.max(read, 0);
      return read;
    }

    @Override
    public long skip(long count) {
      long skipped = Math.clamp(count, 0, length - position);
      position += skipped;
      return skipped;
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
