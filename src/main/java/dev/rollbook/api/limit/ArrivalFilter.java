package dev.rollbook.api.limit;

import dev.rollbook.api.http.FilterOrder;
import dev.rollbook.api.http.MediaTypes;
import dev.rollbook.api.http.ScopedChain;
import dev.rollbook.live.AppendGate;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/// Takes note of the arrival of a request, before its body is read: that decides what a stop means
/// for it.
@Component
@Order(FilterOrder.ARRIVAL)
class ArrivalFilter extends OncePerRequestFilter {
  private final AppendGate gate;
  private final UploadConnections uploads;

  ArrivalFilter(AppendGate gate, UploadConnections uploads) {
    this.gate = gate;
    this.uploads = uploads;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (MediaTypes.isUpload(request)) {
      // An upload may run for hours: a stop does not wait for it, later lines are skipped.
      uploads.during(request, () -> chain.doFilter(request, response));
    } else {
      ScopedChain.doFilter(gate::arrive, request, response, chain);
    }
  }

  /// A stop does not wait for streams of events: it ends them.
  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return !request.getServletPath().startsWith("/v1/")
        || request.getServletPath().endsWith("/events");
  }
}
