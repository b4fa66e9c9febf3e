package dev.rollbook.api.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.Callable;

/// Runs the rest of a filter chain within a scope that takes a callable, such as a `ScopedValue`.
public final class ScopedChain {
  private ScopedChain() {}

  public interface Scope {
    void run(Callable<?> rest) throws Exception;
  }

  public static void doFilter(
      Scope scope, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    try {
      scope.run(() -> {
        chain.doFilter(request, response);
        return response;
      });
    } catch (ServletException | IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      // The chain throws no other checked exception.
      throw new ServletException(e);
    }
  }
}
