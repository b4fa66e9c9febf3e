package dev.rollbook.memory;

import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;

/// Part of a [MemoryBudget] that one reader has reserved. The reader resizes it before each line,
/// because the size of a line is not known earlier. Not thread-safe.
public interface MemoryReservation {
  /// A reservation without a limit, for single readers, whose number does not grow with the number
  /// of clients.
  MemoryReservation UNLIMITED =
      new MemoryReservation() {
        @Override
        public boolean tryResize(long bytes) {
          return true;
        }

        @Override
        public MemoryReservation another() {
          return this;
        }
      };

  /// Changes the reservation to so many bytes, which may be more or less than before.
  ///
  /// @return false if there is not enough memory; then the reservation is unchanged
  boolean tryResize(long bytes);

  /// Another reservation for the same request, held beside this one.
  MemoryReservation another();

  /// @throws TooManyRequests if there is not enough memory
  default void resize(long bytes) {
    if (!tryResize(bytes)) {
      throw new TooManyRequests(
          Limit.MEMORY, "the memory for bodies and pages is in use by other requests");
    }
  }
}
