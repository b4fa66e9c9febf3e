package dev.rollbook.web.audit;

import dev.rollbook.audit.AuditEntry;
import dev.rollbook.audit.AuditEntry.Outcome;
import dev.rollbook.audit.AuditLog;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/// Counts the requests that the service refuses (`http.refused`), and writes a sample of those that
/// access control refuses to the audit.
@Component
public final class RefusedRequests {
  /// As the audit names a refused request.
  private static final String ACTION = "request.refuse";

  private final AuditLog audit;
  private final Map<Enum<?>, Counter> counters = new HashMap<>();

  /// Why access control refuses a request.
  public enum Reason {
    /// The header `Host` has no name of this service.
    HOST,
    /// The request comes from a web page of another origin.
    ORIGIN,
    /// The path of the URL is not in normal form.
    PATH,
    TOKEN_IN_QUERY,
    UNAUTHENTICATED,
    FORBIDDEN,
    /// A path in the body is outside the directories that the operator allows.
    DIRECTORY
  }

  /// Registers a counter for every reason, so that all of them are exported from the start.
  public RefusedRequests(AuditLog audit, MeterRegistry registry) {
    this.audit = audit;
    Stream.<Enum<?>>concat(Arrays.stream(Limit.values()), Arrays.stream(Reason.values()))
        .forEach(reason ->
            counters.put(
                reason,
                Counter.builder("http.refused")
                    .description("Requests that a limit or access control refused")
                    .baseUnit("requests")
                    .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                    .register(registry)));
  }

  /// Counts a request that a limit refuses.
  public void count(Limit limit) {
    increment(limit);
  }

  /// Counts a request that access control refuses, and writes it to the audit if it belongs to the
  /// sample.
  ///
  /// @param status of the response
  public void add(HttpServletRequest request, Reason reason, HttpStatus status) {
    increment(reason);
    addToAudit(request, status);
  }

  /// Writes a refused request, which is counted elsewhere, to the audit if it belongs to the
  /// sample.
  public void addToAudit(HttpServletRequest request, HttpStatus status) {
    if (audit.isEnabled()) {
      audit.addRefusal(
          new AuditEntry(
              AuditActor.of(request), ACTION, null, null, Outcome.REFUSED, status.value(), null));
    }
  }

  private void increment(Enum<?> reason) {
    Objects.requireNonNull(counters.get(reason)).increment();
  }
}
