package dev.rollbook.rollout;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/// An open file of [Disk].
public interface DiskFile extends Closeable {
  /// Writes at the end, wherever that is by now; may write less than all.
  int append(ByteBuffer bytes) throws IOException;

  /// Writes all of it at the end.
  default void appendAll(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      append(bytes);
    }
  }

  /// Writes all of it at a position of a file that was opened to write within it.
  void write(ByteBuffer bytes, long position) throws IOException;

  /// Reads at a position; -1 at the end.
  int read(ByteBuffer bytes, long position) throws IOException;

  /// Whether reading at a place costs no more than reading on.
  default boolean isSeekable() {
    return true;
  }

  long size() throws IOException;

  void truncate(long size) throws IOException;

  /// Makes what was written durable.
  void force() throws IOException;
}
