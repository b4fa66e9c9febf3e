package dev.rollbook.cluster;

import dev.rollbook.model.ThreadId;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/// Peers of a service as a test says. A thread that no test has given to a peer is handled here.
public final class FakeCluster implements Replicas, ThreadOwners {
  public static final String SECRET = "a secret of tests, of 32 bytes and more";

  private volatile Replica self = replica("self", 1);
  private final List<Replica> heirs = new CopyOnWriteArrayList<>();
  private volatile boolean stopping;
  private final Map<ThreadId, Replica> owners = new ConcurrentHashMap<>();
  private final Set<Replica> peers = ConcurrentHashMap.newKeySet();
  private final Set<UUID> gone = ConcurrentHashMap.newKeySet();
  private volatile Consumer<ThreadId> leaving = thread -> {};

  /// A peer that listens on a port of this machine.
  public static Replica replica(String name, int port) {
    var address = URI.create("http://127.0.0.1:" + port);
    return new Replica(UUID.randomUUID(), name, address, "0", false);
  }

  /// From here on, this service stops and has given up all threads.
  ///
  /// @param given the peers that can claim them
  public void stop(Replica... given) {
    stopping = true;
    heirs.addAll(List.of(given));
    peers.addAll(heirs);
  }

  /// The address of this service, until it is set again.
  public void setSelf(Replica given) {
    self = given;
  }

  public void setOwner(String thread, Replica owner) {
    var id = ThreadId.parse(thread);
    peers.add(owner);
    owners.put(id, owner);
    leaving.accept(id);
  }

  /// From here on, the thread is handled here.
  public void release(String thread) {
    owners.remove(ThreadId.parse(thread));
  }

  public void setGone(Replica peer) {
    gone.add(peer.id());
  }

  public void clear() {
    owners.clear();
    peers.clear();
    gone.clear();
    heirs.clear();
    stopping = false;
  }

  @Override
  public Replica self() {
    return new Replica(self.id(), self.name(), self.address(), self.version(), stopping);
  }

  @Override
  public List<Replica> peers() {
    return peers.stream().filter(peer -> !isGone(peer.id())).toList();
  }

  @Override
  public boolean isGone(UUID id) {
    return gone.contains(id);
  }

  @Override
  public Optional<Replica> heir(ThreadId thread) {
    return heirs.stream().findFirst();
  }

  @Override
  public void hasSaidToStop(UUID id) {
    heirs.removeIf(heir -> heir.id().equals(id));
  }

  @Override
  public void cannotReach(UUID id) {
    heirs.removeIf(heir -> heir.id().equals(id));
  }

  @Override
  public boolean isAlive(UUID id) {
    return id.equals(self.id()) || peers().stream().anyMatch(peer -> peer.id().equals(id));
  }

  @Override
  public boolean isSole() {
    return true;
  }

  @Override
  public Owner find(ThreadId thread) {
    var owner = owners.getOrDefault(thread, heir(thread).orElse(null));
    return owner == null ? new Owner.Here() : new Owner.Other(owner);
  }

  /// As while the database is away: what another replica says counts.
  @Override
  public void remember(ThreadId thread, UUID owner) {
    peers.stream()
        .filter(peer -> peer.id().equals(owner))
        .forEach(peer -> owners.put(thread, peer));
  }

  @Override
  public void onLeave(Consumer<ThreadId> action) {
    this.leaving = action;
  }

  @TestConfiguration
  public static class Configuration {
    @Bean
    @Primary
    FakeCluster fakeCluster() {
      return new FakeCluster();
    }
  }
}
