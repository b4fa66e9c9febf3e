package dev.rollbook.web.http;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;

/// Reads parameters of a query without the container, whose parameters may include those of a body.
public final class QueryParts {
  private QueryParts() {}

  /// The names of all parameters in the query of a request, decoded. Empty without a query.
  public static Stream<String> names(HttpServletRequest request) {
    var query = request.getQueryString();
    return query == null ? Stream.empty() : Arrays.stream(query.split("&")).map(QueryParts::nameOf);
  }

  /// @param parameter a part of the query between two `&`
  public static String nameOf(String parameter) {
    return decoded(parameter.split("=", 2)[0]);
  }

  /// Empty if the parameter has no value.
  public static String valueOf(String parameter) {
    var parts = parameter.split("=", 2);
    return parts.length < 2 ? "" : decoded(parts[1]);
  }

  /// The text itself if it cannot be decoded.
  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }
}
