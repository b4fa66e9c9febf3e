package dev.rollbook.web.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/// Response headers that prevent pages of other origins from embedding or reading responses.
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
    // Checks the raw and the decoded path. There is none if Tomcat could not parse the request
    // line.
    var path = request.getRequestURI();
    if (path == null || isOfApi(path) || isOfApi(request.getServletPath())) {
      response.setHeader(HttpHeaders.CACHE_CONTROL, NO_STORE);
    }
  }

  private static boolean isOfApi(@Nullable String path) {
    return path != null && path.startsWith(API);
  }
}
