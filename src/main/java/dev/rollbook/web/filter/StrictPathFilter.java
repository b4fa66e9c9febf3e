package dev.rollbook.web.filter;

import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.web.audit.RefusedRequests;
import dev.rollbook.web.audit.RefusedRequests.Reason;
import dev.rollbook.web.http.FilterOrder;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.regex.Pattern;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/// Refuses paths that are not in normal form.
///
/// Otherwise, filters and controllers could interpret `/%761/threads` or `//v1/threads;x`
/// differently, and a request could bypass a filter. No path of this service needs any other form.
@Component
@Order(FilterOrder.STRICT_PATH)
class StrictPathFilter extends OncePerRequestFilter {
  /// Path parameters, backslashes, empty and dot segments; escapes of letters, digits and `-._~`,
  /// of `/`, `\`, `;`, `%` and of control characters.
  private static final Pattern AMBIGUOUS =
      Pattern.compile(
          "[;\\\\]|//|/\\.\\.?(?:/|$)"
              + "|%(?:[01][0-9a-f]|2[5def]|3[0-9b]|4[1-9a-f]|5[0-9acf]|6[1-9a-f]|7[0-9aef])",
          Pattern.CASE_INSENSITIVE);

  private final HandlerExceptionResolver errors;
  private final RefusedRequests refusals;

  StrictPathFilter(
      @Lazy @Qualifier("handlerExceptionResolver") HandlerExceptionResolver errors,
      RefusedRequests refusals) {
    this.errors = errors;
    this.refusals = refusals;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (isAmbiguous(request.getRequestURI())) {
      refusals.add(request, Reason.PATH, HttpStatus.BAD_REQUEST);
      errors.resolveException(
          request,
          response,
          null,
          new InvalidRequest(
              "",
              "the path must be in normal form: no ';', '\\', '//', '.' or '..' segments,"
                  + " and no unnecessary escapes"));
      return;
    }
    chain.doFilter(request, response);
  }

  static boolean isAmbiguous(String rawPath) {
    return mayBeAmbiguous(rawPath) && AMBIGUOUS.matcher(rawPath).find();
  }

  /// False for most paths, without the cost of the regular expression.
  private static boolean mayBeAmbiguous(String rawPath) {
    char before = 0;
    for (int i = 0; i < rawPath.length(); i++) {
      char at = rawPath.charAt(i);
      if (at == ';' || at == '\\' || at == '%' || (before == '/' && (at == '/' || at == '.'))) {
        return true;
      }
      before = at;
    }
    return false;
  }
}
