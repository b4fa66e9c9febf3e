package dev.rollbook.web.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/// Response headers that prevent pages of other origins from embedding or reading responses, and
/// the console from loading or running anything but its own files.
public final class SecurityHeaders {
  private static final Map<String, String> ALWAYS =
      Map.of(
          "X-Content-Type-Options", "nosniff",
          "Cross-Origin-Resource-Policy", "same-origin",
          "Referrer-Policy", "no-referrer");

  private static final String CONTENT_SECURITY_POLICY = "Content-Security-Policy";
  private static final String NO_FRAMES = "frame-ancestors 'none'";

  /// The console shows texts that agents and tools wrote. Should one of them get into the page as
  /// HTML, this policy keeps the browser from running it and from sending anything anywhere.
  private static final String OWN_FILES_ONLY =
      String.join(
          "; ",
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self'",
          "connect-src 'self'",
          "img-src 'self' data:",
          NO_FRAMES,
          "base-uri 'none'",
          "form-action 'none'");

  private static final String API = "/v1";
  private static final String CONSOLE = "/console";
  private static final String NO_STORE = "no-store";

  private SecurityHeaders() {}

  public static void set(HttpServletRequest request, HttpServletResponse response) {
    ALWAYS.forEach(response::setHeader);
    response.setHeader(
        CONTENT_SECURITY_POLICY, isBelow(CONSOLE, request) ? OWN_FILES_ONLY : NO_FRAMES);
    // There is no path if Tomcat could not parse the request line.
    if (request.getRequestURI() == null || isBelow(API, request)) {
      response.setHeader(HttpHeaders.CACHE_CONTROL, NO_STORE);
    }
  }

  /// Checks the raw and the decoded path.
  private static boolean isBelow(String start, HttpServletRequest request) {
    return startsWith(start, request.getRequestURI())
        || startsWith(start, request.getServletPath());
  }

  private static boolean startsWith(String start, @Nullable String path) {
    return path != null && path.startsWith(start);
  }
}
