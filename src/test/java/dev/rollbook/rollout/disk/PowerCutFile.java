package dev.rollbook.rollout.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.LinkedHashSet;
import java.util.Set;

/// A file of [PowerCutDisk]: its bytes, and all states they may have after a power cut.
final class PowerCutFile {
  private final Set<ByteBuffer> possible = new LinkedHashSet<>();
  private final Runnable afterChange;
  private ByteBuffer bytes;

  PowerCutFile(ByteBuffer bytes, Runnable afterChange) {
    this.bytes = bytes;
    this.afterChange = afterChange;
    possible.add(bytes);
  }

  Set<ByteBuffer> possible() {
    return possible;
  }

  long size() {
    return bytes.limit();
  }

  DiskFile open() {
    return new Open();
  }

  private void become(ByteBuffer other) {
    bytes = other;
    possible.add(other);
  }

  private final class Open implements DiskFile {
    private boolean closed;

    @Override
    public int append(ByteBuffer more) throws IOException {
      requireOpen();
      int length = more.remaining();
      var after = ByteBuffer.allocate(bytes.limit() + length);
      after.put(bytes.duplicate()).put(more).flip();
      for (int end = bytes.limit() + 1; end <= after.limit(); end++) {
        become(after.slice(0, end));
      }
      afterChange.run();
      return length;
    }

    @Override
    public void write(ByteBuffer more, long position) throws IOException {
      requireOpen();
      int at = Math.toIntExact(position);
      int start = more.position();
      for (int end = start + 1; end <= more.limit(); end++) {
        var part = more.slice(start, end - start);
        var after = ByteBuffer.allocate(Math.max(bytes.limit(), at + part.limit()));
        after.put(0, bytes, 0, bytes.limit()).put(at, part, 0, part.limit());
        become(after);
      }
      more.position(more.limit());
      afterChange.run();
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      requireOpen();
      if (position >= size()) {
        return -1;
      }
      int length = (int) Math.min(into.remaining(), size() - position);
      into.put(bytes.slice((int) position, length));
      return length;
    }

    @Override
    public long size() throws IOException {
      requireOpen();
      return bytes.limit();
    }

    @Override
    public void truncate(long size) throws IOException {
      if (size < size()) {
        become(bytes.slice(0, (int) size));
        afterChange.run();
      }
    }

    @Override
    public void force() throws IOException {
      requireOpen();
      possible.clear();
      possible.add(bytes);
      afterChange.run();
    }

    @Override
    public void close() {
      closed = true;
    }

    private void requireOpen() throws IOException {
      if (closed) {
        throw new ClosedChannelException();
      }
    }
  }
}
