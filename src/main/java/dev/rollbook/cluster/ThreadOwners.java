package dev.rollbook.cluster;

import dev.rollbook.model.ThreadId;
import java.util.UUID;
import java.util.function.Consumer;

/// Which replica has a thread in memory.
public interface ThreadOwners {
  /// Looks in memory first, then asks the database. While that does not answer, the last known
  /// owner is returned. The answer may be out of date as soon as it is returned.
  ///
  /// @throws org.springframework.dao.DataAccessException if the database does not answer, and no
  ///   owner is known
  Owner find(ThreadId thread);

  /// Remembers what another replica says about the owner. It counts only while the database does
  /// not answer.
  default void remember(ThreadId thread, UUID owner) {
    // The only process owns all threads.
  }

  /// Sets an action to run when a thread leaves this process: before another process can claim it,
  /// or after one has taken it over.
  default void onLeave(Consumer<ThreadId> action) {
    // The only process keeps all threads.
  }

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
