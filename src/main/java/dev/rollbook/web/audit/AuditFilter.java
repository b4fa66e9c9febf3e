package dev.rollbook.web.audit;

import dev.rollbook.audit.AuditEntry;
import dev.rollbook.audit.AuditEntry.Outcome;
import dev.rollbook.audit.AuditLog;
import dev.rollbook.audit.AuditUnavailableException;
import dev.rollbook.model.ThreadId;
import dev.rollbook.web.http.ApiProblem;
import dev.rollbook.web.http.ApiProblem.Recovery;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;

/// Writes the entries of an [AuditedCall]: one before it is handled, and one with its outcome
/// before the end of the response is sent.
///
/// If the first entry cannot be written, the request gets 503, and nothing is done. If only the
/// second one cannot be written, the client gets the response: the action is in the audit, and its
/// outcome is true.
public final class AuditFilter extends OncePerRequestFilter {
  private static final String THREAD = AuditFilter.class.getName() + ".thread";

  private final AuditLog audit;

  public AuditFilter(AuditLog audit) {
    this.audit = audit;
  }

  /// Names the thread of a request whose path does not: its last entry then has the thread.
  public static void nameThread(HttpServletRequest request, ThreadId thread) {
    request.setAttribute(THREAD, thread.toString());
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    var call = audit.isEnabled() ? AuditedCall.of(request).orElse(null) : null;
    if (call == null) {
      chain.doFilter(request, response);
      return;
    }
    try {
      audit.require(entry(call, request, Outcome.STARTED, null));
    } catch (AuditUnavailableException e) {
      ApiProblem.of(
              HttpStatus.SERVICE_UNAVAILABLE,
              "audit_unavailable",
              e.getMessage() + "; nothing was done, repeat the request when it can be written",
              Recovery.RETRY)
          .writeTo(response);
      return;
    }
    int status = HttpStatus.INTERNAL_SERVER_ERROR.value();
    try {
      chain.doFilter(request, response);
      status = response.getStatus();
    } finally {
      audit.add(entry(call, request, Outcome.of(status), status));
    }
  }

  private static AuditEntry entry(
      AuditedCall call, HttpServletRequest request, Outcome outcome, @Nullable Integer status) {
    var thread = call.thread() == null ? (String) request.getAttribute(THREAD) : call.thread();
    return new AuditEntry(
        AuditActor.of(request), call.action(), thread, null, outcome, status, null);
  }
}
