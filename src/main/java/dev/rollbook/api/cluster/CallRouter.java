package dev.rollbook.api.cluster;

import static org.springframework.web.servlet.HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE;

import dev.rollbook.api.cluster.PeerExchange.NotReachedException;
import dev.rollbook.api.json.RequestBodies;
import dev.rollbook.api.turns.TurnRequests.AppendRequest;
import dev.rollbook.cluster.ClusterProperties;
import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.cluster.Replica;
import dev.rollbook.cluster.Replicas;
import dev.rollbook.cluster.ThreadOwners;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.OutcomeUnknown;
import dev.rollbook.model.RollbookException.OwnerUnavailable;
import dev.rollbook.model.RollbookException.SearchUnavailable;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.ThreadId;
import dev.rollbook.web.filter.ConcurrencyLimitFilter;
import dev.rollbook.web.security.access.CallerAccess;
import dev.rollbook.web.security.peer.ConditionalOnCluster;
import dev.rollbook.web.security.peer.PeerTokenRefusedException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Passes calls on to the replica that has their thread in memory.
///
/// A call that was certainly not done is passed on again, to the owner at that time, or handled
/// here if there is none any more. A call that may have been done is repeated only if doing it
/// twice is the same as once: reads, and appends whose items all have ids. All others get 503
/// `outcome_unknown`. Responses are passed back as they arrive; nothing but JSON bodies, which are
/// in memory anyway, is kept.
@Component
@ConditionalOnCluster
public final class CallRouter {
  private static final Logger log = LoggerFactory.getLogger(CallRouter.class);

  /// Header of a refusal by which a replica says who owns the thread instead.
  public static final String OWNER = "Rollbook-Owner";

  /// Header with the id of a replica: in a call, of the one that it is for; in a refusal, of the
  /// one that refuses it because it is another one, at the same address.
  static final String REPLICA = "Rollbook-Replica";

  /// A thread that moves more often within one call moves because two replicas fight for it.
  private static final int MAX_MOVES = 3;

  private static final int BUFFER = 16 * 1024;

  /// The status by which a replica says that it does not have the thread.
  private static final HttpStatus NOT_OWNED = HttpStatus.MISDIRECTED_REQUEST;

  /// The status by which a replica says that it does not search.
  private static final HttpStatus NOT_SEARCHED = HttpStatus.NOT_FOUND;

  private final ThreadOwners owners;
  private final Replicas replicas;
  private final PeerClient peers;
  private final RequestBodies bodies;
  private final LiveThreads threads;
  private final CallerAccess callers;
  private final Duration patience;
  private final Map<Outcome, Timer> timers = new EnumMap<>(Outcome.class);
  private final Timer answers;

  /// How a call that was to be passed on ended. Values of a meter's tag.
  private enum Outcome {
    ANSWERED,
    /// The owner was gone, so this replica handles the call.
    HANDLED_HERE,
    OUTCOME_UNKNOWN,
    OWNER_UNAVAILABLE,
    /// The response broke off, or the client has left.
    ABORTED
  }

  private enum Attempt {
    ANSWERED,
    /// The response broke off after its head.
    BROKEN,
    /// Nothing was done: the replica does not have the thread any more, or does not search.
    NOT_TAKEN,
    /// Nothing was done: the replica stops, and gives the thread up.
    GIVEN_UP,
    /// Nothing was done: there was no connection, or one to another replica.
    NOT_REACHED,
    /// The call may have been done.
    UNANSWERED
  }

  CallRouter(
      ThreadOwners owners,
      Replicas replicas,
      PeerClient peers,
      RequestBodies bodies,
      LiveThreads threads,
      CallerAccess callers,
      ClusterProperties cluster,
      MeterRegistry registry) {
    this.owners = owners;
    this.replicas = replicas;
    this.peers = peers;
    this.bodies = bodies;
    this.threads = threads;
    this.callers = callers;
    // Until an owner that was killed is known to be gone, and a little longer.
    this.patience = cluster.goneAfter().plusSeconds(1);
    Arrays.stream(Outcome.values())
        .forEach(outcome ->
            timers.put(
                outcome,
                Timer.builder("cluster.calls.passed.on")
                    .description("Time of calls that were passed on to another replica")
                    .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                    .register(registry)));
    this.answers =
        Timer.builder("cluster.calls.answer")
            .description("Time until another replica began to respond to a call that is no upload")
            .publishPercentileHistogram()
            .register(registry);
  }

  /// The other replica that has a thread in memory; empty if calls are handled here.
  public Optional<Replica> ownerElsewhere(ThreadId thread) {
    return owners.find(thread) instanceof ThreadOwners.Owner.Other(var replica)
            && !replicas.isGone(replica.id())
        ? Optional.of(replica)
        : Optional.empty();
  }

  /// Passes a call on if another replica has its thread in memory.
  ///
  /// @return false if the call is to be handled here
  /// @throws OutcomeUnknown if the call may have been done
  /// @throws OwnerUnavailable if it was not done and cannot be done now
  boolean passOn(ThreadId thread, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    var owner = ownerElsewhere(thread).orElse(null);
    try {
      return owner != null
          && timed(() -> passOn(owner, thread, true, request, response)) != Outcome.HANDLED_HERE;
    } catch (OutcomeUnknown | OwnerUnavailable e) {
      throw asSeen(e, thread, request);
    }
  }

  /// What a caller gets instead of an answer of the owner, which would have refused a caller that
  /// does not see the thread.
  public RollbookException asSeen(
      RollbookException refusal, ThreadId thread, HttpServletRequest request) {
    try {
      return threads.isVisible(callers.of(request), thread) ? refusal : new ThreadNotFound(thread);
    } catch (DataAccessException | TransactionException e) {
      if (refusal instanceof OutcomeUnknown) {
        log.debug("the tenant of thread {} is not known", thread, e);
        return refusal;
      }
      throw e;
    }
  }

  /// Passes on a call that found out by itself where its thread is. If that owner has given the
  /// thread up meanwhile, the call is sent to this replica again.
  ///
  /// @throws OutcomeUnknown if the call may have been done
  /// @throws OwnerUnavailable if it was not done and cannot be done now
  public void passOn(
      OwnedElsewhereException elsewhere, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    timed(() -> passOn(elsewhere.owner(), elsewhere.thread(), false, request, response));
  }

  /// Passes a search on to the first replica that searches.
  ///
  /// @return false if there is none
  /// @throws SearchUnavailable if there may be one, and it does not answer
  boolean passSearchOn(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    var peersLeft = replicas.peers();
    return !peersLeft.isEmpty()
        && timed(() -> passSearchOn(peersLeft, request, response)) != Outcome.HANDLED_HERE;
  }

  private Outcome passSearchOn(
      List<Replica> candidates, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    boolean isAnyAway = false;
    for (var peer : candidates) {
      var body = PassedBody.of(request, bodies);
      switch (attempt(peer, null, body, NOT_SEARCHED, request, response)) {
        case ANSWERED -> {
          return Outcome.ANSWERED;
        }
        case BROKEN -> {
          return Outcome.ABORTED;
        }
        case NOT_TAKEN, GIVEN_UP -> {}
        case NOT_REACHED, UNANSWERED -> isAnyAway = true;
      }
    }
    if (isAnyAway) {
      throw new SearchUnavailable("no replica that searches can be reached: repeat the request");
    }
    return Outcome.HANDLED_HERE;
  }

  private Outcome passOn(
      Replica first,
      ThreadId thread,
      boolean canBeHandledHere,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    var body = PassedBody.of(request, bodies);
    var pauses = new Pauses();
    int moves = 0;
    boolean mayBeDone = false;
    try {
      // What its controller has refused is handled here as a call of this replica itself.
      var here = canBeHandledHere ? null : replicas.self();
      for (var owner = first; owner != null; owner = ownerElsewhere(thread).orElse(here)) {
        switch (attempt(owner, thread, body, NOT_OWNED, request, response)) {
          case ANSWERED -> {
            return Outcome.ANSWERED;
          }
          case BROKEN -> {
            return Outcome.ABORTED;
          }
          case NOT_TAKEN -> {
            // If this replica stops, the heir refuses the thread until it was given up.
            boolean goesOn =
                replicas.self().isStopping() ? pauses.next(patience) : ++moves < MAX_MOVES;
            if (body.isSpent() || !goesOn) {
              throw moves(thread);
            }
          }
          case GIVEN_UP -> {
            if (body.isSpent() || !pauses.next(patience)) {
              throw moves(thread);
            }
          }
          case NOT_REACHED -> {
            if (body.isSpent() || !pauses.next(patience)) {
              throw notReached(thread);
            }
          }
          case UNANSWERED -> {
            mayBeDone = !isRead(request);
            if (!isRepeatable(request, body) || !pauses.next(patience)) {
              throw notReached(thread);
            }
          }
        }
      }
    } catch (OwnerUnavailable | DataAccessException | TransactionException e) {
      throw mayBeDone ? new OutcomeUnknown(thread) : e;
    }
    return Outcome.HANDLED_HERE;
  }

  private Attempt attempt(
      Replica owner,
      @Nullable ThreadId thread,
      PassedBody body,
      HttpStatus notTaken,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    try (var exchange =
        peers.begin(owner, request, thread, body.publisher(), headers -> {}, () -> false)) {
      HttpResponse<InputStream> head;
      InputStream in;
      var buffer = new byte[BUFFER];
      int read;
      long start = System.nanoTime();
      try {
        body.send(exchange);
        head = exchange.answer();
        if (!(body instanceof PassedBody.Pushed)) {
          answers.record(Duration.ofNanos(System.nanoTime() - start));
        }
        in = exchange.body();
        read = in.read(buffer);
      } catch (NotReachedException | PushedBody.UnreadableException e) {
        throw e;
      } catch (IOException e) {
        log.debug("replica {} did not answer", owner.name(), e);
        return Attempt.UNANSWERED;
      }
      requireAccepted(head, owner, thread);
      if (head.headers().firstValue(REPLICA).isPresent()) {
        return Attempt.NOT_REACHED;
      }
      if (head.statusCode() == notTaken.value()) {
        rememberOwner(thread, head);
        return PeerClient.isStopping(head) ? Attempt.GIVEN_UP : Attempt.NOT_TAKEN;
      }
      if (body.isUnread()) {
        response.setHeader(HttpHeaders.CONNECTION, "close");
      }
      return relay(head, in, buffer, read, request, response);
    } catch (NotReachedException e) {
      log.debug("replica {} cannot be reached", owner.name(), e);
      return Attempt.NOT_REACHED;
    } catch (PushedBody.UnreadableException e) {
      throw e.reason();
    }
  }

  /// Passes the response of another replica back to the client.
  public static void passBack(
      PeerExchange exchange, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    var in = exchange.body();
    var buffer = new byte[BUFFER];
    relay(exchange.answer(), in, buffer, in.read(buffer), request, response);
  }

  /// Passes status and headers back.
  public static void passBackHead(PeerExchange exchange, HttpServletResponse response)
      throws IOException {
    var head = exchange.answer();
    response.setStatus(head.statusCode());
    PassedHeaders.copy(head.headers(), response);
  }

  /// Passes a response back, whose first bytes are in the buffer.
  private static Attempt relay(
      HttpResponse<InputStream> head,
      InputStream in,
      byte[] buffer,
      int first,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    response.setStatus(head.statusCode());
    PassedHeaders.copy(head.headers(), response);
    boolean isStream = head.headers().firstValue(HttpHeaders.CONTENT_LENGTH).isEmpty();
    var out = response.getOutputStream();
    int read = first;
    while (read >= 0) {
      out.write(buffer, 0, read);
      if (isStream && in.available() == 0) {
        out.flush();
      }
      try {
        read = in.read(buffer);
      } catch (IOException e) {
        log.debug("the response of another replica broke off", e);
        ConcurrencyLimitFilter.abort(request);
        return Attempt.BROKEN;
      }
    }
    return Attempt.ANSWERED;
  }

  /// Remembers the owner that a refusal names.
  public void rememberOwner(@Nullable ThreadId thread, HttpResponse<?> refusal) {
    if (thread != null) {
      refusal
          .headers()
          .firstValue(OWNER)
          .flatMap(CallRouter::id)
          .ifPresent(owner -> owners.remember(thread, owner));
    }
  }

  private static Optional<UUID> id(String text) {
    try {
      return Optional.of(UUID.fromString(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /// The refusal of this replica is not one of the client.
  ///
  /// @throws OwnerUnavailable if the other replica refuses the token of this one
  public static void requireAccepted(
      HttpResponse<?> head, Replica owner, @Nullable ThreadId thread) {
    boolean refused =
        head.headers()
            .firstValue(HttpHeaders.WWW_AUTHENTICATE)
            .filter(PeerTokenRefusedException.CHALLENGE::equals)
            .isPresent();
    if (refused) {
      log.warn(
          "replica {} refuses the calls of this one: set rollbook.cluster.secret to the same text on"
              + " all replicas, and compare their clocks",
          owner.name());
      throw new OwnerUnavailable(
          thread,
          "the replica that has the thread in memory refuses the calls of this one: see its log");
    }
  }

  /// Whether doing the call twice is the same as doing it once.
  private boolean isRepeatable(HttpServletRequest request, PassedBody body) throws IOException {
    if (isRead(request)) {
      return true;
    }
    return body instanceof PassedBody.Kept
        && HttpMethod.POST.matches(request.getMethod())
        && request.getAttribute(BEST_MATCHING_PATTERN_ATTRIBUTE) instanceof String pattern
        && pattern.endsWith("/items")
        && haveIds(request);
  }

  private static boolean isRead(HttpServletRequest request) {
    var method = request.getMethod();
    return HttpMethod.GET.matches(method) || HttpMethod.HEAD.matches(method);
  }

  /// An append with an expected ordinal is refused where its items are already in the thread.
  private boolean haveIds(HttpServletRequest request) throws IOException {
    try {
      var append = bodies.read(request, AppendRequest.class);
      return append.expectedOrdinal() == null
          && append.items().stream().allMatch(item -> item.id() != null);
    } catch (RollbookException e) {
      log.debug("a call that may have been done is not a valid append", e);
      return false;
    }
  }

  private static OwnerUnavailable moves(@Nullable ThreadId thread) {
    return new OwnerUnavailable(
        thread, "the thread is being moved between replicas: repeat the request");
  }

  /// The refusal of a call whose owner cannot be reached.
  public static OwnerUnavailable notReached(@Nullable ThreadId thread) {
    return new OwnerUnavailable(
        thread, "the replica that has the thread in memory cannot be reached: repeat the request");
  }

  private interface Passing {
    Outcome run() throws IOException;
  }

  private Outcome timed(Passing passing) throws IOException {
    long start = System.nanoTime();
    var outcome = Outcome.ABORTED;
    try {
      outcome = passing.run();
      return outcome;
    } catch (OutcomeUnknown e) {
      outcome = Outcome.OUTCOME_UNKNOWN;
      throw e;
    } catch (OwnerUnavailable e) {
      outcome = Outcome.OWNER_UNAVAILABLE;
      throw e;
    } finally {
      var time = Duration.ofNanos(System.nanoTime() - start);
      Objects.requireNonNull(timers.get(outcome)).record(time);
    }
  }
}
