package dev.rollbook.rollout.line;

import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;

/// Memory that a reader reserved of a [MemoryBudget]. It is resized before a line is read, as its
/// size is not known earlier. Not thread-safe.
public interface MemoryReservation {
  /// Without a bound, for single readers of which there are not as many as clients.
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

  /// Reserves so many bytes from now on, be it more or less than before.
  ///
  /// @return false if there is not enough memory: the reservation stays as it was
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
