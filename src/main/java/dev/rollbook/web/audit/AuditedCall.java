package dev.rollbook.web.audit;

import dev.rollbook.web.http.RequestForm;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A request that must not be handled without an entry in the audit. The only table of them.
///
/// @param action as the audit names it
/// @param thread in the path; null if there is none
record AuditedCall(String action, @Nullable String thread) {
  private static final String THREADS = "/v1/threads/";
  private static final String TICKETS = "/v1/stream-tickets";
  private static final String ACTUATOR = "/actuator/";
  private static final Set<String> READS = Set.of("GET", "HEAD", "OPTIONS");
  private static final Set<String> ENDPOINTS =
      Set.of("retention", "loggers", "searchindex", "reconcile");
  private static final int ID_LENGTH = 36;

  /// Runs for every request, so without patterns.
  static Optional<AuditedCall> of(HttpServletRequest request) {
    var path = request.getServletPath();
    var method = request.getMethod();
    if (path.startsWith(ACTUATOR)) {
      return READS.contains(method)
          ? Optional.empty()
          : Optional.of(new AuditedCall(endpoint(path) + ".write", null));
    }
    return switch (method) {
      case "DELETE" -> isThread(path, "") ? ofThread("thread.delete", path) : Optional.empty();
      case "GET" ->
          isThread(path, "/rollout") && RequestForm.OTHER_FORMAT.matches(request)
              ? ofThread("thread.export", path)
              : Optional.empty();
      case "POST" -> ofPost(path);
      default -> Optional.empty();
    };
  }

  private static Optional<AuditedCall> ofPost(String path) {
    if (path.equals(TICKETS)) {
      return Optional.of(new AuditedCall("ticket.create", null));
    }
    return isThread(path, "/export") ? ofThread("thread.export", path) : Optional.empty();
  }

  private static boolean isThread(String path, String rest) {
    return path.length() == THREADS.length() + ID_LENGTH + rest.length()
        && path.startsWith(THREADS)
        && path.endsWith(rest);
  }

  private static Optional<AuditedCall> ofThread(String action, String path) {
    var id = path.substring(THREADS.length(), THREADS.length() + ID_LENGTH);
    return Optional.of(new AuditedCall(action, id));
  }

  /// Known names only, because a path can be any text.
  private static String endpoint(String path) {
    var rest = path.substring(ACTUATOR.length());
    int slash = rest.indexOf('/');
    var name = slash < 0 ? rest : rest.substring(0, slash);
    return ENDPOINTS.contains(name) ? name : "actuator";
  }
}
