package dev.rollbook.rollout;

import java.nio.ByteBuffer;

/// A compressed file as the plain one that it holds, to be read only: who writes expands it first.
interface PlainView extends DiskFile {
  @Override
  default int append(ByteBuffer bytes) {
    throw new UnsupportedOperationException("compressed");
  }

  @Override
  default void write(ByteBuffer bytes, long position) {
    throw new UnsupportedOperationException("compressed");
  }

  @Override
  default void truncate(long size) {
    throw new UnsupportedOperationException("compressed");
  }

  @Override
  default void force() {
    throw new UnsupportedOperationException("compressed");
  }
}
