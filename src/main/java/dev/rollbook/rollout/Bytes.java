package dev.rollbook.rollout;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Reads of a given length, which the operating system may answer with less.
final class Bytes {
  private Bytes() {}

  static byte[] read(DiskFile file, long position, int length) throws IOException {
    var bytes = new byte[length];
    var buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, position + buffer.position()) < 0) {
        throw new EOFException("file ended %d bytes early".formatted(buffer.remaining()));
      }
    }
    return bytes;
  }
}
