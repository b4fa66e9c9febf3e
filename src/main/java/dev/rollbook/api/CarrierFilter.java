package dev.rollbook.api;

import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/// Answers nothing but liveness and readiness while [CarrierWatch] has requests on platform
/// threads.
@Component
@Order(FilterOrder.CARRIER)
class CarrierFilter extends OncePerRequestFilter {
  private static final Set<String> ANSWERED =
      Set.of("/actuator/health/liveness", "/actuator/health/readiness", "/livez", "/readyz");

  private final CarrierWatch carriers;
  private final Refusals refusals;
  private final byte[] refusal;

  CarrierFilter(CarrierWatch carriers, Refusals refusals, JsonMapper json) {
    this.carriers = carriers;
    this.refusals = refusals;
    this.refusal = json.writeValueAsBytes(ErrorTable.tooMany("calls of the disk hang"));
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    refusals.count(Limit.REQUESTS);
    response.setStatus(HttpStatus.TOO_MANY_REQUESTS.value());
    response.setHeader(HttpHeaders.RETRY_AFTER, Refusals.RETRY_AFTER);
    response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
    response.setContentLength(refusal.length);
    response.getOutputStream().write(refusal);
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return Thread.currentThread().isVirtual()
        || !carriers.isStuck()
        || ANSWERED.contains(request.getRequestURI());
  }
}
