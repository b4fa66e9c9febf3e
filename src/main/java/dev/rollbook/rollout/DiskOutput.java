package dev.rollbook.rollout;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/// A file as a stream that is written at its end.
final class DiskOutput extends OutputStream {
  private final DiskFile file;

  DiskOutput(DiskFile file) {
    this.file = file;
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    file.appendAll(ByteBuffer.wrap(bytes, offset, length));
  }
}
