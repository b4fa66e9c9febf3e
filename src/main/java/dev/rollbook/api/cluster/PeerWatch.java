package dev.rollbook.api.cluster;

import dev.rollbook.cluster.ClusterProperties;
import dev.rollbook.cluster.Replica;
import dev.rollbook.cluster.Replicas;
import dev.rollbook.web.security.peer.ConditionalOnCluster;
import dev.rollbook.worker.BackgroundWorker;
import dev.rollbook.worker.ShutdownPhase;
import dev.rollbook.worker.WorkerFailures;
import dev.rollbook.worker.WorkerSignal;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Background worker that ends calls to replicas that will not answer.
///
/// A replica that is gone is not waited for. A replica that lives and is silent may only be slow: a
/// new connection to it tells whether the network between the two still works. There is no other
/// time limit, because a call that is given up may have been done.
@Component
@ConditionalOnCluster
final class PeerWatch extends BackgroundWorker {
  private static final Logger log = LoggerFactory.getLogger(PeerWatch.class);
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final Duration BEYOND_CONNECT = Duration.ofMillis(500);
  private static final int HTTPS = 443;
  private static final int HTTP = 80;

  private final PeerClient client;
  private final Replicas replicas;
  private final Duration goneAfter;

  /// Longer than it takes until a connection was opened or refused, because a call without a
  /// connection was certainly not done.
  private final Duration patience;

  private final Set<UUID> probing = ConcurrentHashMap.newKeySet();

  PeerWatch(
      PeerClient client, Replicas replicas, ClusterProperties cluster, WorkerFailures workers) {
    super("peer-watch", ShutdownPhase.INDEX, Thread.ofVirtual(), workers);
    this.client = client;
    this.replicas = replicas;
    this.goneAfter = cluster.goneAfter();
    this.patience = goneAfter.plus(BEYOND_CONNECT);
  }

  @Override
  protected Duration step(WorkerSignal signal) {
    for (var exchange : client.open()) {
      var replica = exchange.replica();
      if (exchange.isObsolete()) {
        exchange.cancel();
      } else if (exchange.isSilentFor(patience)) {
        endOrProbe(exchange, replica);
      }
    }
    return PAUSE;
  }

  private void endOrProbe(PeerExchange exchange, Replica replica) {
    if (replicas.isGone(replica.id())) {
      exchange.cancel();
    } else if (!exchange.isProbedWithin(patience) && probing.add(replica.id())) {
      Thread.startVirtualThread(() -> probe(replica));
    }
  }

  /// One at a time for each replica, for all calls to it that are silent.
  private void probe(Replica replica) {
    try {
      boolean isReachable = isReachable(replica);
      if (!isReachable) {
        log.debug("replica {} cannot be reached: its calls are ended", replica.name());
      }
      client.open().stream()
          .filter(exchange -> exchange.replica().id().equals(replica.id()))
          .filter(exchange -> exchange.isSilentFor(patience))
          .forEach(isReachable ? PeerExchange::probed : PeerExchange::cancel);
    } finally {
      probing.remove(replica.id());
    }
  }

  private boolean isReachable(Replica replica) {
    var address = replica.address();
    if (address == null) {
      return false;
    }
    try (var socket = new Socket()) {
      var to = new InetSocketAddress(address.getHost(), port(address));
      socket.connect(to, Math.toIntExact(goneAfter.toMillis()));
      return true;
    } catch (IOException e) {
      log.debug("no connection to replica {}", replica.name(), e);
      return false;
    }
  }

  private static int port(URI address) {
    if (address.getPort() >= 0) {
      return address.getPort();
    }
    return "https".equals(address.getScheme()) ? HTTPS : HTTP;
  }
}
