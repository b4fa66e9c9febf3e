package dev.rollbook.rollout;

import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;

/// Memory for lines of a size that nobody knows before they are read: whoever reads asks for it
/// first.
public interface LineRoom {
  /// For those who read one after the other, not as many as there are clients.
  LineRoom ANY =
      new LineRoom() {
        @Override
        public boolean hold(long bytes) {
          return true;
        }

        @Override
        public LineRoom part() {
          return this;
        }
      };

  /// Holds so many bytes from now on, be it more or less than before.
  ///
  /// @return false if there is no room: then as many are held as before
  boolean hold(long bytes);

  /// Another piece of the same room, which is held beside this one.
  LineRoom part();

  /// @throws TooManyRequests if there is no room
  default void require(long bytes) {
    if (!hold(bytes)) {
      throw new TooManyRequests(
          Limit.MEMORY, "the memory for bodies and pages is in use by other requests");
    }
  }
}
