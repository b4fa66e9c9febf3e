package dev.rollbook.api.events;

import dev.rollbook.api.cluster.PeerClient;
import dev.rollbook.api.cluster.PeerExchange;
import dev.rollbook.cluster.Replica;
import dev.rollbook.cluster.Replicas;
import dev.rollbook.event.EventBus;
import dev.rollbook.event.SseRateLimiter;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.model.RollbookException;
import dev.rollbook.web.security.peer.ConditionalOnCluster;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/// Streams of the events of all threads at the other replicas, for a client that follows all
/// threads. Each replica has the events of the threads that it has in memory, and leaves out those
/// that the caller does not see.
@Component
@ConditionalOnCluster
final class PeerFeeds {
  private static final Logger log = LoggerFactory.getLogger(PeerFeeds.class);

  /// How soon a replica is followed that has joined, or whose stream has ended.
  private static final long PAUSE_MILLIS = 500;

  private final PeerClient peers;
  private final Replicas replicas;
  private final EventBus events;
  private final SseRateLimiter budget;

  PeerFeeds(PeerClient peers, Replicas replicas, EventBus events, SseRateLimiter budget) {
    this.peers = peers;
    this.replicas = replicas;
    this.events = events;
    this.budget = budget;
  }

  /// Takes events. Called by several Java threads.
  interface Sink {
    void write(byte[] events) throws IOException;
  }

  /// Opens a stream at each peer. Those that can be reached follow their threads from here on.
  Feeds open(HttpServletRequest request, MemoryReservation room) {
    var feeds = new Feeds(request, room);
    feeds.connect();
    return feeds;
  }

  /// The streams of one client, which end when this is closed.
  final class Feeds implements AutoCloseable {
    private final HttpServletRequest request;
    private final MemoryReservation room;
    private final CountDownLatch closed = new CountDownLatch(1);

    /// Streams that nobody reads yet.
    private final Map<UUID, PeerExchange> connected = new HashMap<>();

    private @Nullable Thread supervisor;

    private Feeds(HttpServletRequest request, MemoryReservation room) {
      this.request = request;
      this.room = room;
    }

    private void connect() {
      for (var peer : replicas.peers()) {
        try {
          connected.put(peer.id(), begin(peer));
        } catch (IOException e) {
          log.debug("replica {} cannot be reached", peer.name(), e);
        }
      }
      connected.values().removeIf(exchange -> !isOpen(exchange));
    }

    /// Waits for the response; closes the exchange if it is not a stream.
    private boolean isOpen(PeerExchange exchange) {
      try {
        if (exchange.answer().statusCode() == HttpStatus.OK.value()) {
          return true;
        }
      } catch (IOException e) {
        log.debug("a replica does not send its events", e);
      }
      exchange.close();
      return false;
    }

    private PeerExchange begin(Replica peer) throws IOException {
      return peers.begin(
          peer, request, null, BodyPublishers.noBody(), headers -> {}, this::isEnded);
    }

    private boolean isEnded() {
      return closed.getCount() == 0 || events.isClosed();
    }

    /// Passes the events on in the background.
    ///
    /// @param onLagged run if a peer has left out events, because the client takes them too slowly
    void start(Sink sink, Runnable onLagged) {
      supervisor = Thread.startVirtualThread(() -> supervise(sink, onLagged));
    }

    /// Has a reader for each peer, also for those that join later. Waits for the readers at the
    /// end, because they use the request.
    private void supervise(Sink sink, Runnable onLagged) {
      var readers = new HashMap<UUID, Thread>();
      while (!isEnded()) {
        readers.values().removeIf(reader -> !reader.isAlive());
        for (var peer : replicas.peers()) {
          readers.computeIfAbsent(
              peer.id(),
              id -> {
                var first = connected.remove(id);
                return Thread.startVirtualThread(() -> read(peer, first, sink, onLagged));
              });
        }
        pause();
      }
      new ArrayList<>(connected.values()).forEach(PeerExchange::close);
      readers.values().forEach(Feeds::await);
    }

    private void pause() {
      try {
        if (closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
          log.trace("the client has left");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /// Reads one stream to its end. The supervisor opens the next one.
    private void read(Replica peer, @Nullable PeerExchange first, Sink sink, Runnable onLagged) {
      try (var exchange = first == null ? begin(peer) : first) {
        if (exchange.answer().statusCode() != HttpStatus.OK.value()) {
          log.debug("replica {} does not send its events", peer.name());
          return;
        }
        var blocks = new SseBlocks(exchange.body(), room.another());
        for (var some = blocks.next(); some != null; some = blocks.next()) {
          budget.take(1);
          sink.write(some.bytes());
          budget.take(SseRateLimiter.tokensFor(some.bytes().length));
          if (some.isLast()) {
            onLagged.run();
            return;
          }
        }
      } catch (IOException | RollbookException e) {
        log.debug("the events of replica {} broke off", peer.name(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private static void await(Thread thread) {
      boolean interrupted = false;
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void close() {
      closed.countDown();
      if (supervisor == null) {
        connected.values().forEach(PeerExchange::close);
      } else {
        await(supervisor);
      }
    }
  }
}
