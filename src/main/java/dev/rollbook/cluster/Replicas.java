package dev.rollbook.cluster;

import java.util.List;
import java.util.UUID;

/// The processes that share the database.
public interface Replicas {
  /// This process.
  Replica self();

  /// The other replicas that live and have an address.
  List<Replica> peers();

  /// Whether a replica is known to have stopped, or was silent for too long.
  boolean isGone(UUID id);
}
