package dev.rollbook.statedb.listing;

import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// Index that returns the candidates for a [ThreadText] without a scan of all rows. The caller must
/// check the rows of the candidates.
public interface ThreadTextIndex {
  /// Returns at least all threads that have the text in their name, preview or cwd.
  ///
  /// @return empty if there are more than `limit`, or if the index is not available
  Optional<Set<UUID>> find(ThreadText text, int limit);
}
