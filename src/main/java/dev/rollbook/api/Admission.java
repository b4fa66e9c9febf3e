package dev.rollbook.api;

import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import org.apache.catalina.connector.ClientAbortException;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/// Lets so many requests in at a time, and takes back what each held of the memory for bodies.
///
/// Streams of events and uploads last, and leave a quarter of the places to all others. The
/// actuator needs no place: it is needed most when there is none.
@Component
@Order(FilterOrder.ADMISSION)
class Admission extends OncePerRequestFilter {
  private static final String BROKEN_OFF = Admission.class.getName();

  private final Semaphore places;
  private final Semaphore lasting;
  private final RequestMemory memory;
  private final Refusals refusals;
  private final byte[] refusal;

  Admission(HttpProperties http, RequestMemory memory, Refusals refusals, JsonMapper json) {
    int most = http.requests();
    this.places = new Semaphore(most);
    this.lasting = new Semaphore(Math.max(1, most - most / 4));
    this.memory = memory;
    this.refusals = refusals;
    this.refusal =
        json.writeValueAsBytes(
            ErrorTable.tooMany("more requests are being handled than rollbook.http.max-requests"));
  }

  /// The answer has begun and cannot be ended in order: its reader is to see that it is not whole.
  static void breakOff(HttpServletRequest request) {
    request.setAttribute(BROKEN_OFF, true);
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    boolean lasts = lasts(request);
    if (lasts && !lasting.tryAcquire()) {
      refuse(response);
      return;
    }
    try {
      admit(request, response, chain);
    } finally {
      if (lasts) {
        lasting.release();
      }
    }
  }

  private void admit(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (!places.tryAcquire()) {
      refuse(response);
      return;
    }
    try {
      chain.doFilter(request, response);
      if (request.getAttribute(BROKEN_OFF) != null) {
        throw new ClientAbortException("the answer was broken off");
      }
    } finally {
      memory.release(request);
      places.release();
    }
  }

  private void refuse(HttpServletResponse response) throws IOException {
    refusals.count(Limit.REQUESTS);
    response.setStatus(HttpStatus.TOO_MANY_REQUESTS.value());
    response.setHeader(HttpHeaders.RETRY_AFTER, Refusals.RETRY_AFTER);
    response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
    response.setContentLength(refusal.length);
    response.getOutputStream().write(refusal);
  }

  private static boolean lasts(HttpServletRequest request) {
    return MediaTypes.isUpload(request) || request.getServletPath().endsWith("/events");
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return !request.getRequestURI().startsWith("/v1/");
  }
}
