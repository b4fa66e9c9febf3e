package dev.rollbook.statedb.listing;

import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// Narrows a list by text down to few threads without reading the rows of all. What it finds is
/// compared with the rows afterwards.
public interface ThreadTextIndex {
  /// At least all threads that have the text in their name, preview or cwd.
  ///
  /// @return empty if they are more than `most`, or if that cannot be told now
  Optional<Set<UUID>> find(ThreadText text, int most);
}
