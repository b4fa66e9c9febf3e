package dev.rollbook.api;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/// Response headers that keep pages of other origins from embedding, reading or guessing at what
/// the service answers.
public final class SecurityHeaders {
  private static final Map<String, String> ALWAYS =
      Map.of(
          "X-Content-Type-Options", "nosniff",
          "Cross-Origin-Resource-Policy", "same-origin",
          "Content-Security-Policy", "frame-ancestors 'none'",
          "Referrer-Policy", "no-referrer");

  private static final String API = "/v1";
  private static final String NO_STORE = "no-store";

  private SecurityHeaders() {}

  public static void set(HttpServletRequest request, HttpServletResponse response) {
    ALWAYS.forEach(response::setHeader);
    // As it was sent and as it was decoded; there is none where Tomcat cannot read the request
    // line.
    var path = request.getRequestURI();
    if (path == null || isOfApi(path) || isOfApi(request.getServletPath())) {
      response.setHeader(HttpHeaders.CACHE_CONTROL, NO_STORE);
    }
  }

  private static boolean isOfApi(@Nullable String path) {
    return path != null && path.startsWith(API);
  }

  /// The same as lines of a response head, for answers that are written without Tomcat.
  static String lines() {
    return ALWAYS.entrySet().stream()
        .map(header -> header.getKey() + ": " + header.getValue())
        .sorted()
        .collect(
            Collectors.joining("\r\n", "", "\r\n" + HttpHeaders.CACHE_CONTROL + ": " + NO_STORE));
  }
}
