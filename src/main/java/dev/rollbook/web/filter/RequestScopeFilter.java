package dev.rollbook.web.filter;

import dev.rollbook.live.ShutdownGate;
import dev.rollbook.statedb.availability.ReadScope;
import dev.rollbook.web.http.FilterOrder;
import dev.rollbook.web.http.MediaTypes;
import dev.rollbook.web.tomcat.UploadConnections;
import dev.rollbook.web.tomcat.UploadConnections.Handling;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/// Filter that runs a request in up to two scopes, which begin before the body is read.
///
/// The first scope makes a shutdown wait until the request ends. Event streams and uploads lack it,
/// because they may run for hours. An upload has a scope of its own instead, so that a shutdown can
/// end its input. The second scope marks requests that only read (GET and HEAD). Such requests
/// leave some state-db connections free for writes and for the health check.
@Component
@Order(FilterOrder.REQUEST_SCOPE)
class RequestScopeFilter extends OncePerRequestFilter {
  private final ShutdownGate gate;
  private final UploadConnections uploads;

  RequestScopeFilter(ShutdownGate gate, UploadConnections uploads) {
    this.gate = gate;
    this.uploads = uploads;
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return !request.getServletPath().startsWith("/v1/");
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Handling handling = () -> chain.doFilter(request, response);
    Handling scoped =
        isRead(request) ? () -> run(rest -> ReadScope.call(rest::call), handling) : handling;
    if (MediaTypes.isUpload(request)) {
      uploads.during(request, scoped);
    } else if (request.getServletPath().endsWith("/events")) {
      scoped.run();
    } else {
      run(gate::arrive, scoped);
    }
  }

  private static boolean isRead(HttpServletRequest request) {
    var method = request.getMethod();
    return HttpMethod.GET.matches(method) || HttpMethod.HEAD.matches(method);
  }

  private static void run(Scope scope, Handling handling) throws ServletException, IOException {
    try {
      scope.run(() -> {
        handling.run();
        return handling;
      });
    } catch (ServletException | IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      // Handling throws no other checked exception.
      throw new ServletException(e);
    }
  }

  /// A scope, such as a `ScopedValue`, in which a callable runs.
  private interface Scope {
    void run(Callable<?> handling) throws Exception;
  }
}
