package dev.rollbook.api.limit;

import dev.rollbook.api.http.FilterOrder;
import dev.rollbook.api.http.MediaTypes;
import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.apache.catalina.connector.ClientAbortException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/// Limits the requests that are handled at a time, and releases the permits and the memory of each.
///
/// Requests that may last leave a quarter of the permits to all others, and one client leaves the
/// rest of its share to other clients. The actuator has permits of its own; its probes need none,
/// as they read no body and their answer fits every buffer. While [CarrierWatch] has requests on
/// platform threads, only the probes are answered: all else could block there, too.
@Component
@Order(FilterOrder.CONCURRENCY_LIMIT)
public class ConcurrencyLimitFilter extends OncePerRequestFilter {
  private static final String BROKEN_OFF = ConcurrencyLimitFilter.class.getName();
  private static final Set<String> PROBES =
      Set.of("/actuator/health/liveness", "/actuator/health/readiness");
  private static final String ACTUATOR = "/actuator";

  private final CarrierWatch carriers;
  private final ClientPermits requests;
  private final ClientPermits streams;
  private final ClientPermits operations;
  private final Duration requestTimeout;
  private final AnswerDeadlines deadlines;
  private final RequestMemory memory;
  private final HandlerExceptionResolver errors;

  ConcurrencyLimitFilter(
      CarrierWatch carriers,
      HttpCapacity capacity,
      HttpProperties http,
      AnswerDeadlines deadlines,
      RequestMemory memory,
      @Lazy @Qualifier("handlerExceptionResolver") HandlerExceptionResolver errors) {
    this.carriers = carriers;
    this.requests = capacity.requests();
    this.streams = capacity.streams();
    this.operations = capacity.operations();
    this.requestTimeout = http.requestTimeout();
    this.deadlines = deadlines;
    this.memory = memory;
    this.errors = errors;
  }

  /// The answer has begun and cannot be ended in order: its reader is to see that it is not whole.
  public static void breakOff(HttpServletRequest request) {
    request.setAttribute(BROKEN_OFF, true);
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    var client = ClientAddress.of(request);
    var path = request.getServletPath();
    if (PROBES.contains(path)) {
      chain.doFilter(request, response);
    } else if (carriers.isStuck() && !Thread.currentThread().isVirtual()) {
      refuse(request, response, "calls of the disk hang");
    } else if (path.startsWith(ACTUATOR)) {
      limited(
          operations,
          client,
          request,
          response,
          () -> timed(request, response, RequestMemory.FREE, chain));
    } else if (lasts(request)) {
      limited(
          streams,
          client,
          request,
          response,
          () ->
              limited(
                  requests, client, request, response, () -> chain.doFilter(request, response)));
    } else {
      limited(
          requests,
          client,
          request,
          response,
          () -> timed(request, response, Long.MAX_VALUE, chain));
    }
  }

  private void limited(
      ClientPermits permits,
      String client,
      HttpServletRequest request,
      HttpServletResponse response,
      Handling handling)
      throws ServletException, IOException {
    var outcome = permits.tryAcquire(client);
    switch (outcome) {
      case ALL_IN_USE -> {
        refuse(
            request, response, "more requests are being handled than rollbook.http.max-requests");
        return;
      }
      case SHARE_IN_USE -> {
        refuse(
            request,
            response,
            "more requests of this client are being handled than rollbook.http.client-share allows");
        return;
      }
      case ACQUIRED -> {}
    }
    try {
      handling.run();
      if (request.getAttribute(BROKEN_OFF) != null) {
        throw new ClientAbortException("the answer was broken off");
      }
    } finally {
      memory.release(request);
      permits.release(client);
    }
  }

  private void timed(
      HttpServletRequest request, HttpServletResponse response, long maxBody, FilterChain chain)
      throws ServletException, IOException {
    var answer = deadlines.watch(request, response);
    try {
      chain.doFilter(new TimedBody(request, requestTimeout, maxBody), response);
    } finally {
      answer.close();
    }
  }

  private void refuse(HttpServletRequest request, HttpServletResponse response, String detail) {
    errors.resolveException(request, response, null, new TooManyRequests(Limit.REQUESTS, detail));
  }

  /// Whether it goes on for as long as the client likes: events, bodies that are taken as they
  /// arrive, answers that are written as they are read.
  private static boolean lasts(HttpServletRequest request) {
    var path = request.getServletPath();
    return MediaTypes.isUpload(request)
        || MediaTypes.isZstd(request)
        || path.endsWith("/events")
        || path.endsWith("/rollout")
        || (path.endsWith("/items") && MediaTypes.acceptsNdjson(request));
  }

  private interface Handling {
    void run() throws ServletException, IOException;
  }
}
