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

        @Override
        public void requireNotLost() throws IOException {
          requireHeld();
        }
      };

  /// Distinguishes the files that this process has opened from those of processes before it.
  long epoch();

  /// Asks the database.
  ///
  /// @throws IOException if another process writes the files
  void requireHeld() throws IOException;

  /// Does not ask the database, so that every write can call it.
  ///
  /// @throws IOException if this process knows that another one writes the files
  void requireNotLost() throws IOException;
}
