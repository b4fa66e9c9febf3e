package dev.rollbook.api;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The `If-Match` header (RFC 9110, 13.1.1): tags of which one has to be the current one, compared
/// strongly, so that a weak tag never matches; or `*`.
final class IfMatch {
  private static final Pattern TAG = Pattern.compile("(W/)?(\"[\\x21\\x23-\\x7E\\x80-\\xFF]*\")");

  private IfMatch() {}

  /// @param header its values; null or empty where there is none, so that any tag will do
  static Predicate<String> of(@Nullable List<String> header) {
    if (header == null || header.isEmpty()) {
      return current -> true;
    }
    var text = String.join(",", header).strip();
    return text.equals("*")
        ? current -> true
        : current ->
            TAG.matcher(text)
                .results()
                .anyMatch(tag -> tag.group(1) == null && tag.group(2).equals(current));
  }
}
