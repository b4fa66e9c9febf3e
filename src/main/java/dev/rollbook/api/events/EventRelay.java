package dev.rollbook.api.events;

import dev.rollbook.api.cluster.CallRouter;
import dev.rollbook.api.cluster.Pauses;
import dev.rollbook.api.cluster.PeerClient;
import dev.rollbook.api.cluster.PeerExchange;
import dev.rollbook.api.cluster.PeerExchange.NotReachedException;
import dev.rollbook.cluster.ClusterProperties;
import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.cluster.Replica;
import dev.rollbook.event.EventBus;
import dev.rollbook.event.SseEncoder;
import dev.rollbook.event.SseRateLimiter;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.OwnerUnavailable;
import dev.rollbook.model.ThreadId;
import dev.rollbook.web.security.peer.ConditionalOnCluster;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.function.BooleanSupplier;
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
/// stream that is opened there and passed on to the client. If that stream ends, the next owner is
/// asked to continue after the last ordinal that the client got, as the client would do itself. The
/// client sees a pause.
@Component
@ConditionalOnCluster
final class EventRelay {
  private static final Logger log = LoggerFactory.getLogger(EventRelay.class);
  private static final String LAST_EVENT_ID = "Last-Event-ID";

  /// How long to look for the next owner. Then the client has to reconnect.
  private static final Duration BEYOND_GONE = Duration.ofSeconds(3);

  private final CallRouter router;
  private final PeerClient peers;
  private final EventBus events;
  private final SseRateLimiter budget;
  private final Duration patience;

  EventRelay(
      CallRouter router,
      PeerClient peers,
      EventBus events,
      SseRateLimiter budget,
      ClusterProperties cluster) {
    this.router = router;
    this.peers = peers;
    this.events = events;
    this.budget = budget;
    this.patience = cluster.goneAfter().plus(BEYOND_GONE);
  }

  /// The stream of this replica.
  interface Local {
    /// @param after the last ordinal that the client has; null for live events only
    /// @param elsewhere whether another replica has the thread in memory
    /// @return the stream, which has ended
    EventStream run(@Nullable Long after, BooleanSupplier elsewhere)
        throws IOException, InterruptedException;
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
    new Following(thread, after, local, credential, room, request, response).run();
  }

  /// Whether another replica has the thread in memory. False if it is not known: events may still
  /// come.
  boolean isElsewhere(ThreadId thread) {
    try {
      return router.ownerElsewhere(thread).isPresent();
    } catch (DataAccessException | TransactionException e) {
      log.debug("the owner of thread {} is not known", thread, e);
      return false;
    }
  }

  /// What to do after a stream has ended.
  private enum Next {
    /// Ask for the owner, and continue there.
    CONTINUE,
    /// The same, after a pause: there was no stream.
    WAIT,
    END
  }

  private final class Following {
    private final ThreadId thread;
    private final Local local;
    private final StreamExpiry.Credential credential;
    private final MemoryReservation room;
    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final Pauses pauses = new Pauses(patience);
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
      while (!events.isClosed()) {
        var next = next();
        if (next == Next.END) {
          return;
        }
        if (next == Next.WAIT && !pauses.next()) {
          giveUp();
          return;
        }
      }
    }

    private Next next() throws IOException, InterruptedException {
      try {
        var owner = router.ownerElsewhere(thread).orElse(null);
        return owner == null ? here() : relay(owner);
      } catch (DataAccessException | TransactionException e) {
        if (response.isCommitted()) {
          log.debug("the owner of thread {} is not known", thread, e);
          return Next.WAIT;
        }
        throw e;
      }
    }

    private void giveUp() {
      log.debug("no replica continues the event stream of thread {}", thread);
      if (!response.isCommitted()) {
        throw new OwnerUnavailable(
            thread,
            "the replica that has the thread in memory cannot be reached: repeat the request");
      }
    }

    private Next here() throws IOException, InterruptedException {
      try {
        var stream = local.run(position, () -> isElsewhere(thread));
        position = stream.lastOrdinal();
        return stream.hasMoved() && isElsewhere(thread) ? Next.CONTINUE : Next.END;
      } catch (OwnedElsewhereException e) {
        return Next.WAIT;
      } catch (RollbookException e) {
        if (response.isCommitted()) {
          log.debug("the event stream of thread {} cannot be continued", thread, e);
          return Next.END;
        }
        throw e;
      }
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
        int status = statusOf(exchange);
        if (status == HttpStatus.OK.value()) {
          return copy(exchange);
        }
        if (isTemporary(status)) {
          return Next.WAIT;
        }
        if (!response.isCommitted()) {
          CallRouter.requireAccepted(exchange.answer(), owner, thread);
          CallRouter.passBack(exchange, request, response);
        }
        return Next.END;
      } catch (NotReachedException e) {
        log.debug("replica {} cannot be reached", owner.name(), e);
        return Next.WAIT;
      } catch (BrokenStreamException e) {
        log.debug("an event stream of replica {} broke off", owner.name(), e);
        return ended();
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
      var blocks = new SseBlocks(exchange.body(), room.another());
      for (var some = next(blocks); some != null; some = next(blocks)) {
        budget.take(1);
        response.getOutputStream().write(some.bytes());
        response.flushBuffer();
        budget.take(SseRateLimiter.tokensFor(some.bytes().length));
        position = some.lastId() == null ? position : some.lastId();
        pauses.reset();
        if (some.isLast()) {
          return Next.END;
        }
      }
      return ended();
    }

    private static int statusOf(PeerExchange exchange) throws IOException {
      try {
        return exchange.answer().statusCode();
      } catch (NotReachedException e) {
        throw e;
      } catch (IOException e) {
        throw new BrokenStreamException(e);
      }
    }

    /// Separates what fails at the other replica from what fails at the client.
    private SseBlocks.@Nullable Blocks next(SseBlocks blocks) throws BrokenStreamException {
      try {
        return blocks.next();
      } catch (IOException | RollbookException e) {
        throw new BrokenStreamException(e);
      }
    }

    private Next ended() throws IOException {
      if (!credential.hasExpired()) {
        return Next.WAIT;
      }
      response.getOutputStream().write(SseEncoder.credentialExpired(thread, position));
      response.flushBuffer();
      return Next.END;
    }
  }

  private static final class BrokenStreamException extends IOException {
    BrokenStreamException(Exception cause) {
      super(cause);
    }
  }
}
