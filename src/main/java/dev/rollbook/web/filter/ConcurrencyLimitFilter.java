package dev.rollbook.web.filter;

import static dev.rollbook.model.SkipReason.STORAGE_FAILED;

import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import dev.rollbook.web.http.FilterOrder;
import dev.rollbook.web.http.MediaTypes;
import dev.rollbook.web.limits.Client;
import dev.rollbook.web.limits.ClientPermits;
import dev.rollbook.web.limits.HttpCapacity;
import dev.rollbook.web.limits.HttpProperties;
import dev.rollbook.web.limits.RequestMemory;
import dev.rollbook.web.tomcat.CarrierThreadMonitor;
import dev.rollbook.web.tomcat.ResponseDeadlines;
import dev.rollbook.web.tomcat.UploadConnections.Handling;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.catalina.connector.ClientAbortException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/// Limits the number of concurrent requests, in total and for each client, and refuses further
/// requests with 429.
///
/// The other limits throw `TooManyRequests` where they apply: memory (`MemoryReservation`), live
/// threads (`LiveThreadLimits`), searches (`SearchService`), state-db connections
/// (`StateDbBusyException`), scans of rows (`FullScanLimiter`) and refused credentials
/// (`AuthenticationProblems`). `ApiExceptionHandler` maps all of them to 429.
///
/// Long-running requests (event streams, uploads, downloads) can use three quarters of the permits,
/// so that a quarter is left for short requests. Searches also need a permit for searches, of which
/// a caller gets few, because they use the processor. The actuator has its own permits. The
/// liveness and readiness probes need none, because they read no body and their responses fit every
/// buffer. While [CarrierThreadMonitor] runs requests on platform threads, only the probes are
/// answered, because every other request could block a platform thread, too.
///
/// The filter also releases the memory that a request has reserved ([RequestMemory]).
@Component
@Order(FilterOrder.CONCURRENCY_LIMIT)
public class ConcurrencyLimitFilter extends OncePerRequestFilter {
  private static final String ABORTED = ConcurrencyLimitFilter.class.getName();
  private static final Set<String> PROBES =
      Set.of("/actuator/health/liveness", "/actuator/health/readiness");
  private static final String ACTUATOR = "/actuator";
  private static final String SEARCH = "/v1/search";
  private static final String HANGING =
      "file system calls of the service do not return, so that no thread is left for requests:"
          + " check the disks and mounts of its data-dir and Codex homes";

  private final CarrierThreadMonitor carriers;
  private final ClientPermits requests;
  private final ClientPermits streams;
  private final ClientPermits searches;
  private final ClientPermits operations;
  private final Duration requestTimeout;
  private final ResponseDeadlines deadlines;
  private final RequestMemory memory;
  private final HandlerExceptionResolver errors;

  ConcurrencyLimitFilter(
      CarrierThreadMonitor carriers,
      HttpCapacity capacity,
      HttpProperties http,
      ResponseDeadlines deadlines,
      RequestMemory memory,
      @Lazy @Qualifier("handlerExceptionResolver") HandlerExceptionResolver errors) {
    this.carriers = carriers;
    this.requests = capacity.requests();
    this.streams = capacity.streams();
    this.searches = capacity.searches();
    this.operations = capacity.operations();
    this.requestTimeout = http.requestTimeout();
    this.deadlines = deadlines;
    this.memory = memory;
    this.errors = errors;
  }

  /// Marks a response that has begun and cannot be completed: the connection is closed, so that the
  /// client sees that it is truncated.
  public static void abort(HttpServletRequest request) {
    request.setAttribute(ABORTED, true);
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    var path = request.getServletPath();
    if (PROBES.contains(path)) {
      chain.doFilter(request, response);
    } else if (carriers.isStuck() && !Thread.currentThread().isVirtual()) {
      refuse(request, response, new PersistenceUnavailable(STORAGE_FAILED, HANGING, null));
    } else if (path.startsWith(ACTUATOR)) {
      Handling handling = () -> timed(request, response, RequestMemory.FREE, chain);
      limited(List.of(operations), request, response, handling);
    } else if (isLongRunning(request)) {
      Handling handling = () -> chain.doFilter(request, response);
      limited(List.of(streams, requests), request, response, handling);
    } else {
      Handling handling = () -> timed(request, response, Long.MAX_VALUE, chain);
      var needed = path.equals(SEARCH) ? List.of(searches, requests) : List.of(requests);
      limited(needed, request, response, handling);
    }
  }

  /// Handles the request with a permit of each kind, or refuses it.
  private void limited(
      List<ClientPermits> needed,
      HttpServletRequest request,
      HttpServletResponse response,
      Handling handling)
      throws ServletException, IOException {
    var client = Client.of(request);
    var acquired = new ArrayList<ClientPermits>(needed.size());
    try {
      for (var permits : needed) {
        var outcome = permits.tryAcquire(client);
        if (outcome != ClientPermits.Outcome.ACQUIRED) {
          refuse(request, response, refusal(permits, outcome, client));
          return;
        }
        acquired.add(permits);
      }
      handling.run();
      if (request.getAttribute(ABORTED) != null) {
        throw new ClientAbortException("the response was aborted");
      }
    } finally {
      memory.release(request);
      acquired.forEach(permits -> permits.release(client));
    }
  }

  private TooManyRequests refusal(
      ClientPermits permits, ClientPermits.Outcome outcome, Client client) {
    if (permits == searches) {
      return new TooManyRequests(Limit.QUERIES, "too many searches are running or waiting");
    }
    var detail =
        outcome == ClientPermits.Outcome.SHARE_IN_USE
            ? "more requests of this client are being handled than rollbook.http.%s allows"
                .formatted(client.kind() == Client.Kind.CALLER ? "caller-share" : "client-share")
            : "more requests are being handled than rollbook.http.max-requests";
    return new TooManyRequests(Limit.REQUESTS, detail);
  }

  private void timed(
      HttpServletRequest request, HttpServletResponse response, long maxBody, FilterChain chain)
      throws ServletException, IOException {
    var answer = deadlines.watch(request, response);
    try {
      chain.doFilter(new TimeLimitedRequest(request, requestTimeout, maxBody), response);
    } finally {
      answer.close();
    }
  }

  private void refuse(
      HttpServletRequest request, HttpServletResponse response, RollbookException refusal) {
    errors.resolveException(request, response, null, refusal);
  }

  /// Whether the client determines how long the request takes: event streams, and bodies and
  /// responses that are streamed.
  private static boolean isLongRunning(HttpServletRequest request) {
    var path = request.getServletPath();
    return MediaTypes.isUpload(request)
        || MediaTypes.isZstd(request)
        || path.endsWith("/events")
        || path.endsWith("/rollout")
        || (path.endsWith("/items") && MediaTypes.acceptsNdjson(request));
  }
}
