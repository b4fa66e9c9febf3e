package dev.rollbook.api.limit;

import dev.rollbook.api.http.FilterOrder;
import dev.rollbook.api.http.ScopedChain;
import dev.rollbook.statedb.ReadScope;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/// Marks requests that only read, so that they leave some connections to the state-db to writes and
/// to the health check.
@Component
@Order(FilterOrder.READ_SCOPE)
class ReadScopeFilter extends OncePerRequestFilter {
  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    ScopedChain.doFilter(rest -> ReadScope.call(rest::call), request, response, chain);
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    boolean reads =
        HttpMethod.GET.matches(request.getMethod()) || HttpMethod.HEAD.matches(request.getMethod());
    return !reads || !request.getServletPath().startsWith("/v1/");
  }
}
