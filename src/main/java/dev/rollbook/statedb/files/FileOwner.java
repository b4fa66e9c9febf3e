package dev.rollbook.statedb.files;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The right of this process to write a file.
///
/// @param replica this process; if another one has removed it, it may write nothing
/// @param thread that the file belongs to; null for a file that all replicas may write
/// @param epoch under which this process owns the thread; 0 for no thread
public record FileOwner(UUID replica, @Nullable UUID thread, long epoch) {
  /// The right to write a file that belongs to no thread.
  public static FileOwner ofNoThread(UUID replica) {
    return new FileOwner(replica, null, 0);
  }

  /// Whether several processes may write the file.
  public boolean isShared() {
    return thread == null;
  }
}
