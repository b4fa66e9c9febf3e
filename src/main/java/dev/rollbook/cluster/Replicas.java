package dev.rollbook.cluster;

import dev.rollbook.model.ThreadId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// The processes that share the database.
public interface Replicas {
  /// This process.
  Replica self();

  /// The other replicas that live and have an address.
  List<Replica> peers();

  /// Whether a replica is known to have stopped, or was silent for too long.
  boolean isGone(UUID id);

  /// The peer that is to claim a thread if this process stops. The same one for all calls, as long
  /// as the peers are the same; empty if there is none that lives and does not stop.
  Optional<Replica> heir(ThreadId thread);

  /// If this process stops, the peer is no heir any more, because it has said that it stops, too.
  void hasSaidToStop(UUID id);

  /// If this process stops, the peer is no heir for a while, because it cannot be reached.
  void cannotReach(UUID id);

  /// Whether a process with this id lives, also if it has just started. Asks the database if the
  /// process is not known.
  ///
  /// @throws org.springframework.dao.DataAccessException if the database does not answer
  boolean isAlive(UUID id);

  /// Whether no other replica is possible beside this process.
  boolean isSole();
}
