package dev.rollbook.cluster;

import dev.rollbook.model.ThreadId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// The only process that uses its rollouts: all threads are its own.
record SoleReplica(Replica self) implements Replicas, ThreadOwners {
  @Override
  public List<Replica> peers() {
    return List.of();
  }

  @Override
  public boolean isGone(UUID id) {
    return !id.equals(self.id());
  }

  @Override
  public Optional<Replica> heir(ThreadId thread) {
    return Optional.empty();
  }

  @Override
  public void hasSaidToStop(UUID id) {
    // There are no others.
  }

  @Override
  public void cannotReach(UUID id) {
    // There are no others.
  }

  @Override
  public boolean isAlive(UUID id) {
    return id.equals(self.id());
  }

  @Override
  public boolean isSole() {
    return true;
  }

  @Override
  public Owner find(ThreadId thread) {
    return new Owner.Here();
  }
}
