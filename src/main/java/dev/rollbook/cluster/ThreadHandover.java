package dev.rollbook.cluster;

import java.time.Duration;

/// Giving up the threads of a process that stops, so that its peers go on with them.
///
/// From its begin on, a thread that is not in memory here counts as one of a peer, its heir: calls
/// are passed on to the heir, which claims the thread. If no peer is left, this process claims
/// threads again.
public interface ThreadHandover {
  /// Begins to give up threads.
  ///
  /// @return false if there is no peer, so that nothing changes
  boolean begin();

  /// Gives up the threads that have left the memory since.
  ///
  /// @return false if some are left, so that it has to be called again: the database does not
  ///   answer, or they are many
  boolean giveUpIdle();

  /// How long calls are passed on after that, so that others notice that this process stops.
  Duration drainTime();
}
