package dev.rollbook.web.security;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Scheme, host and port of a web page or of this service, as RFC 6454 compares them.
record Origin(String scheme, String host, int port) {
  private static final Pattern FORM =
      Pattern.compile(
          "([A-Za-z][A-Za-z0-9+.-]*)://([^\\s/:?#@\\[\\]*,]+|\\[[0-9A-Fa-f:.]+])(?::(\\d{1,5}))?");
  private static final Map<String, Integer> DEFAULT_PORTS = Map.of("http", 80, "https", 443);
  private static final int NO_PORT = -1;

  /// Empty for `null` and for whatever is no origin.
  static Optional<Origin> parse(String text) {
    var parts = FORM.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    var scheme = parts.group(1).toLowerCase(Locale.ROOT);
    var port = parts.group(3);
    return Optional.of(
        new Origin(
            scheme,
            parts.group(2).toLowerCase(Locale.ROOT),
            port == null ? DEFAULT_PORTS.getOrDefault(scheme, NO_PORT) : Integer.parseInt(port)));
  }

  /// The origin of a page that this very service has sent.
  static Origin of(HttpServletRequest request) {
    return new Origin(
        request.getScheme().toLowerCase(Locale.ROOT),
        request.getServerName().toLowerCase(Locale.ROOT),
        request.getServerPort());
  }
}
