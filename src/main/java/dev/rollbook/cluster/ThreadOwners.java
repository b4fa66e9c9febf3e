package dev.rollbook.cluster;

import dev.rollbook.model.ThreadId;

/// Which replica has a thread in memory.
public interface ThreadOwners {
  /// Looks in memory first, then asks the database. The answer may be out of date as soon as it is
  /// returned.
  ///
  /// @throws org.springframework.dao.DataAccessException if the database does not answer
  Owner find(ThreadId thread);

  /// Owner of a thread.
  sealed interface Owner {
    /// This process.
    record Here() implements Owner {}

    /// No replica that lives.
    record Nobody() implements Owner {}

    /// Another replica, or the heir of this one, which stops.
    record Other(Replica replica) implements Owner {}
  }
}
