package dev.rollbook.cluster;

import java.time.Duration;

/// Another replica, as this one sees it.
///
/// @param silence time without a sign of life
record ObservedReplica(Replica replica, State state, Duration silence) {
  /// Values of a meter's tag.
  enum State {
    ALIVE,
    /// It lives, and is about to stop.
    STOPPING,
    /// It has not stopped in order, and was silent for too long.
    GONE
  }
}
