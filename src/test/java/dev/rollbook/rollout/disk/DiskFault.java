package dev.rollbook.rollout.disk;

import java.io.IOException;
import java.util.function.Supplier;

/// Fault of one call of a [FaultyDisk], or none.
interface DiskFault {
  enum Moment {
    BEFORE,
    /// The disk has done its part, but the call has not returned yet.
    AFTER
  }

  interface CallFilter {
    /// @param number of the call, from 1
    boolean is(FaultyDisk.Call call, int number);
  }

  void at(FaultyDisk.Call call, int number, Moment moment) throws IOException;

  /// The call does not reach the disk.
  static DiskFault failing(CallFilter filter, Supplier<IOException> failure) {
    return (call, number, moment) -> {
      if (moment == Moment.BEFORE && filter.is(call, number)) {
        throw failure.get();
      }
    };
  }

  /// Interrupts the calling thread.
  static DiskFault interrupting(int n, Moment when) {
    return (call, number, moment) -> {
      if (number == n && moment == when) {
        Thread.currentThread().interrupt();
      }
    };
  }
}
