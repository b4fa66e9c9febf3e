package dev.rollbook.api.events;

import dev.rollbook.api.cluster.CallRouter;
import dev.rollbook.api.cluster.Pauses;
import dev.rollbook.api.cluster.PeerClient;
import dev.rollbook.api.cluster.PeerExchange;
import dev.rollbook.api.cluster.PeerExchange.NotReachedException;
import dev.rollbook.cluster.ClusterProperties;
import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.cluster.Replica;
import dev.rollbook.cluster.ThreadOwners;
import dev.rollbook.event.EventBus;
import dev.rollbook.event.SseEncoder;
import dev.rollbook.event.SseRateLimiter;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.OwnerUnavailable;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.ThreadId;
import dev.rollbook.web.security.peer.ConditionalOnCluster;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Event streams of threads that move between replicas.
///
/// The events of a thread come from the replica that has it in memory: from this one, or by a
/// stream that is opened there and passed on to the client. When the thread leaves a replica, its
/// streams there end before another replica can add events. Then the next owner is asked to
/// continue after the last ordinal that the client got; if there is none, this replica loads the
/// thread. The client sees a pause.
@Component
@ConditionalOnCluster
final class EventRelay {
  private static final Logger log = LoggerFactory.getLogger(EventRelay.class);
  private static final String LAST_EVENT_ID = "Last-Event-ID";

  /// How long a client waits for the first owner, beyond the time until one is gone.
  private static final Duration TO_OPEN = Duration.ofSeconds(1);

  /// How long an open stream waits for the next owner: most proxies wait longer for a heartbeat.
  private static final Duration TO_CONTINUE = Duration.ofSeconds(30);

  /// A stream that lasted for so long has not failed.
  private static final Duration A_WHILE = Duration.ofSeconds(1);

  private final CallRouter router;
  private final PeerClient peers;
  private final EventBus events;
  private final SseRateLimiter budget;
  private final Duration goneAfter;

  EventRelay(
      CallRouter router,
      ThreadOwners owners,
      PeerClient peers,
      EventBus events,
      SseRateLimiter budget,
      ClusterProperties cluster) {
    this.router = router;
    this.peers = peers;
    this.events = events;
    this.budget = budget;
    this.goneAfter = cluster.goneAfter();
    owners.onLeave(events::close);
  }

  /// The stream of this replica.
  interface Local {
    /// @param after the last ordinal that the client has; null for live events only
    /// @return the stream, which has ended
    EventStream run(@Nullable Long after) throws IOException, InterruptedException;
  }

  /// Streams until the client leaves, the thread is deleted, or no owner can be found.
  ///
  /// @param after the last ordinal that the client has; null for live events only
  void follow(
      ThreadId thread,
      @Nullable Long after,
      Local local,
      StreamExpiry.Credential credential,
      MemoryReservation room,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException, InterruptedException {
    try {
      new Following(thread, after, local, credential, room, request, response).run();
    } catch (OwnerUnavailable e) {
      throw router.asSeen(e, thread, request);
    }
  }

  /// What to do after a stream has ended, or could not be opened.
  private enum Next {
    /// Ask for the owner, and continue there.
    CONTINUE,
    END
  }

  private final class Following {
    private final ThreadId thread;
    private final Local local;
    private final StreamExpiry.Credential credential;
    private final MemoryReservation room;
    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final Pauses pauses = new Pauses();
    private @Nullable Long position;

    private Following(
        ThreadId thread,
        @Nullable Long after,
        Local local,
        StreamExpiry.Credential credential,
        MemoryReservation room,
        HttpServletRequest request,
        HttpServletResponse response) {
      this.thread = thread;
      this.position = after;
      this.local = local;
      this.credential = credential;
      this.room = room;
      this.request = request;
      this.response = response;
    }

    void run() throws IOException, InterruptedException {
      while (!events.isClosed() && next() == Next.CONTINUE) {
        if (response.isCommitted() && credential.hasExpired()) {
          response.getOutputStream().write(SseEncoder.credentialExpired(thread, position));
          response.flushBuffer();
          return;
        }
        if (!pauses.next(goneAfter.plus(response.isCommitted() ? TO_CONTINUE : TO_OPEN))) {
          giveUp();
          return;
        }
      }
    }

    private void giveUp() {
      log.debug("no replica continues the event stream of thread {}", thread);
      if (!response.isCommitted()) {
        throw CallRouter.notReached(thread);
      }
    }

    private Next next() throws IOException, InterruptedException {
      try {
        var owner = router.ownerElsewhere(thread).orElse(null);
        return owner == null ? here() : relay(owner);
      } catch (OwnedElsewhereException e) {
        log.debug("thread {} was claimed meanwhile", thread, e);
        return Next.CONTINUE;
      } catch (RollbookException | DataAccessException | TransactionException e) {
        if (!response.isCommitted()) {
          throw e;
        }
        log.debug("the event stream of thread {} cannot be continued now", thread, e);
        return isTemporary(e) ? Next.CONTINUE : Next.END;
      }
    }

    private static boolean isTemporary(RuntimeException e) {
      return !(e instanceof RollbookException)
          || e instanceof TooManyRequests
          || e instanceof PersistenceUnavailable;
    }

    private Next here() throws IOException, InterruptedException {
      long begun = System.nanoTime();
      var stream = local.run(position);
      position = stream.lastOrdinal();
      return stream.isInterrupted() ? continued(begun) : Next.END;
    }

    private Next continued(long begun) {
      if (System.nanoTime() - begun > A_WHILE.toNanos()) {
        pauses.reset();
      }
      return Next.CONTINUE;
    }

    private Next relay(Replica owner) throws IOException, InterruptedException {
      try (var exchange =
          peers.begin(
              owner,
              request,
              thread,
              BodyPublishers.noBody(),
              headers -> {
                if (position != null) {
                  headers.setHeader(LAST_EVENT_ID, position.toString());
                }
              },
              () -> events.isClosed() || credential.hasExpired())) {
        var status = statusOf(exchange);
        if (status.isEmpty()) {
          return Next.CONTINUE;
        }
        if (isTemporary(status.getAsInt())) {
          router.rememberOwner(thread, exchange.answer());
          return Next.CONTINUE;
        }
        if (status.getAsInt() == HttpStatus.OK.value()) {
          return copy(exchange);
        }
        if (!response.isCommitted()) {
          CallRouter.requireAccepted(exchange.answer(), owner, thread);
          CallRouter.passBack(exchange, request, response);
        }
        return Next.END;
      } catch (NotReachedException e) {
        log.debug("replica {} cannot be reached", owner.name(), e);
        return Next.CONTINUE;
      }
    }

    private boolean isTemporary(int status) {
      return status == HttpStatus.MISDIRECTED_REQUEST.value()
          || (response.isCommitted()
              && (status == HttpStatus.TOO_MANY_REQUESTS.value()
                  || status >= HttpStatus.INTERNAL_SERVER_ERROR.value()));
    }

    private Next copy(PeerExchange exchange) throws IOException, InterruptedException {
      if (!response.isCommitted()) {
        CallRouter.passBackHead(exchange, response);
        response.flushBuffer();
      }
      if (request.getMethod().equals("HEAD")) {
        return Next.END;
      }
      long begun = System.nanoTime();
      var blocks = new SseBlocks(exchange.body(), room.another());
      for (var some = next(blocks); some != null; some = next(blocks)) {
        budget.take(1);
        response.getOutputStream().write(some.bytes());
        response.flushBuffer();
        budget.take(SseRateLimiter.tokensFor(some.bytes().length));
        position = some.lastId() == null ? position : some.lastId();
        if (some.isLast()) {
          return Next.END;
        }
      }
      return continued(begun);
    }

    /// The status of the other replica's response; empty if there is none.
    private OptionalInt statusOf(PeerExchange exchange) {
      try {
        return OptionalInt.of(exchange.answer().statusCode());
      } catch (IOException e) {
        log.debug("no events of thread {} from its owner", thread, e);
        return OptionalInt.empty();
      }
    }

    /// The next events; null if the stream of the other replica has ended or is broken.
    private SseBlocks.@Nullable Blocks next(SseBlocks blocks) {
      try {
        return blocks.next();
      } catch (IOException | RollbookException e) {
        log.debug("the events of thread {} from its owner broke off", thread, e);
        return null;
      }
    }
  }
}
