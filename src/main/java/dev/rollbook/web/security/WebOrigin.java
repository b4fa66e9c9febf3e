package dev.rollbook.web.security;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Web origin (RFC 6454): scheme, host and port of a page or of this service.
record WebOrigin(String scheme, String host, int port) {
  private static final Pattern FORM =
      Pattern.compile(
          "([A-Za-z][A-Za-z0-9+.-]*)://([^\\s/:?#@\\[\\]*,]+|\\[[0-9A-Fa-f:.]+])(?::(\\d{1,5}))?");
  private static final Map<String, Integer> DEFAULT_PORTS = Map.of("http", 80, "https", 443);
  private static final int NO_PORT = -1;

  /// Empty for `null` and for invalid texts.
  static Optional<WebOrigin> parse(String text) {
    var parts = FORM.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    var scheme = parts.group(1).toLowerCase(Locale.ROOT);
    var port = parts.group(3);
    return Optional.of(
        new WebOrigin(
            scheme,
            parts.group(2).toLowerCase(Locale.ROOT),
            port == null ? DEFAULT_PORTS.getOrDefault(scheme, NO_PORT) : Integer.parseInt(port)));
  }

  /// The origin of pages that this service serves.
  static WebOrigin of(HttpServletRequest request) {
    return new WebOrigin(
        request.getScheme().toLowerCase(Locale.ROOT),
        request.getServerName().toLowerCase(Locale.ROOT),
        request.getServerPort());
  }
}
