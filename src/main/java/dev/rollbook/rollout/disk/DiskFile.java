package dev.rollbook.rollout.disk;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.IntPredicate;

/// An open file of [Disk].
public interface DiskFile extends Closeable {
  int CHUNK_BYTES = 256 * 1024;

  /// Smaller, because the end of a file is mostly found in the first chunk.
  int TAIL_CHUNK_BYTES = 64 * 1024;

  /// Writes at the present end; may write fewer bytes than given.
  int append(ByteBuffer bytes) throws IOException;

  /// Writes all bytes at the end.
  default void appendAll(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      append(bytes);
    }
  }

  /// Writes a text at the end, in UTF-8.
  default void appendText(String text) throws IOException {
    appendAll(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  /// Writes all bytes at a position of a file that was opened in place.
  void write(ByteBuffer bytes, long position) throws IOException;

  /// Reads at a position; -1 at the end.
  int read(ByteBuffer bytes, long position) throws IOException;

  /// Reads exactly so many bytes at a position; the operating system may return fewer at a time.
  default byte[] readFully(long position, int length) throws IOException {
    var bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (read(bytes, position + bytes.position()) < 0) {
        throw new EOFException("file ended %d bytes early".formatted(bytes.remaining()));
      }
    }
    return bytes.array();
  }

  /// Appends a range of this file to another file.
  default void copyTo(DiskFile target, long start, long end) throws IOException {
    for (long at = start; at < end; at += CHUNK_BYTES) {
      target.appendAll(ByteBuffer.wrap(readFully(at, (int) Math.min(CHUNK_BYTES, end - at))));
    }
  }

  /// Length of the beginning that both files share.
  default long commonPrefix(DiskFile other) throws IOException {
    long shorter = Math.min(size(), other.size());
    for (long at = 0; at < shorter; at += CHUNK_BYTES) {
      int length = (int) Math.min(CHUNK_BYTES, shorter - at);
      int mismatch = Arrays.mismatch(readFully(at, length), other.readFully(at, length));
      if (mismatch >= 0) {
        return at + mismatch;
      }
    }
    return shorter;
  }

  /// Position after the last matching byte of a range; the start of the range if there is none.
  default long afterLast(long start, long end, IntPredicate wanted) throws IOException {
    for (long to = end; to > start; to -= TAIL_CHUNK_BYTES) {
      long from = Math.max(start, to - TAIL_CHUNK_BYTES);
      var bytes = readFully(from, (int) (to - from));
      for (int i = bytes.length - 1; i >= 0; i--) {
        if (wanted.test(bytes[i])) {
          return from + i + 1;
        }
      }
    }
    return start;
  }

  /// Whether a read at any position costs no more than reading on.
  default boolean isSeekable() {
    return true;
  }

  long size() throws IOException;

  void truncate(long size) throws IOException;

  /// Makes all written bytes durable (fsync).
  void force() throws IOException;
}
