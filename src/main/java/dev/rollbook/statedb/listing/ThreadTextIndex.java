package dev.rollbook.statedb.listing;

import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// Index that returns candidates for a [ThreadText] without a scan of all rows. The candidates are
/// compared with their rows afterwards.
public interface ThreadTextIndex {
  /// Returns at least all threads that have the text in their name, preview or cwd.
  ///
  /// @return empty if there are more than `limit`, or if the index is not available
  Optional<Set<UUID>> find(ThreadText text, int limit);
}
