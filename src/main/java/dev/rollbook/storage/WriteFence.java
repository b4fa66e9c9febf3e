package dev.rollbook.storage;

import java.io.IOException;

/// Whether this process may write the files in the database.
interface WriteFence {
  /// A process that only reads.
  WriteFence READ_ONLY =
      new WriteFence() {
        @Override
        public long epoch() {
          return -1;
        }

        @Override
        public void requireHeld() throws IOException {
          throw new IOException("the files in the database were opened for reads only");
        }
      };

  /// Distinguishes the files that this process has opened from those of processes before it.
  long epoch();

  /// @throws IOException if another process writes the files
  void requireHeld() throws IOException;
}
