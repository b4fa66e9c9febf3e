package dev.rollbook.api.cluster;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/// Headers that a call and its response keep between replicas.
///
/// Left out are headers of one connection (RFC 9110, 7.6.1), and those that the replica of the
/// client has already acted on: credentials, the origin of a web page, forwarded addresses, and
/// compression. Its own response has the security headers that a client needs.
final class PassedHeaders {
  private static final Set<String> OF_ONE_CONNECTION =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private static final Set<String> NOT_SENT =
      Set.of(
          "accept-encoding",
          "authorization",
          "content-length",
          "cookie",
          "expect",
          "forwarded",
          "host",
          "http2-settings",
          "origin",
          "purpose",
          "referer",
          "rollbook-peer");

  private static final Set<String> NOT_RETURNED =
      Set.of(
          "content-security-policy",
          "cross-origin-resource-policy",
          "date",
          "referrer-policy",
          "rollbook-stopping",
          "server",
          "set-cookie",
          "vary",
          "www-authenticate",
          "x-content-type-options");

  private PassedHeaders() {}

  /// Adds the headers of a client's request.
  static void copy(HttpServletRequest from, HttpRequest.Builder to) {
    var dropped = namedIn(Collections.list(from.getHeaders("Connection")).stream());
    for (var name : Collections.list(from.getHeaderNames())) {
      var key = name.toLowerCase(Locale.ROOT);
      boolean isKept =
          !OF_ONE_CONNECTION.contains(key)
              && !NOT_SENT.contains(key)
              && !dropped.contains(key)
              && !key.startsWith("x-forwarded-")
              && !key.startsWith("sec-")
              && !key.startsWith("access-control-");
      if (isKept) {
        Collections.list(from.getHeaders(name)).forEach(value -> to.header(name, value));
      }
    }
  }

  /// Adds the headers of another replica's response.
  static void copy(HttpHeaders from, HttpServletResponse to) {
    var dropped = namedIn(from.allValues("connection").stream());
    from.map()
        .forEach((name, values) -> {
          var key = name.toLowerCase(Locale.ROOT);
          boolean isKept =
              !OF_ONE_CONNECTION.contains(key)
                  && !NOT_RETURNED.contains(key)
                  && !dropped.contains(key)
                  && !key.startsWith("access-control-");
          if (isKept) {
            set(to, name, values);
          }
        });
  }

  private static void set(HttpServletResponse to, String name, List<String> values) {
    to.setHeader(name, values.getFirst());
    values.stream().skip(1).forEach(value -> to.addHeader(name, value));
  }

  private static Set<String> namedIn(Stream<String> connection) {
    var names = new HashSet<String>();
    connection
        .flatMap(value -> Stream.of(value.split(",")))
        .forEach(name -> names.add(name.strip().toLowerCase(Locale.ROOT)));
    return names;
  }
}
