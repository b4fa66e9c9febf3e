package dev.rollbook.model;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/// Format of times in responses and rollouts: RFC 3339, UTC, always three digits of milliseconds.
///
/// `Instant.toString` is not used, because it omits trailing zeros, and its results do not sort by
/// time.
public final class Timestamps {
  private static final DateTimeFormatter MILLISECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private static final int YEAR_LENGTH = 4;
  private static final int MIN_LENGTH = "2026-11-22T12:45:58Z".length();

  private Timestamps() {}

  public static String format(Instant instant) {
    return MILLISECONDS.format(instant);
  }

  /// @throws IllegalArgumentException if the text is not an RFC 3339 time
  public static Instant parse(String text) {
    if (text.length() < MIN_LENGTH || text.charAt(YEAR_LENGTH) != '-') {
      throw notATime(null);
    }
    try {
      return DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(text, Instant::from);
    } catch (DateTimeParseException e) {
      throw notATime(e);
    }
  }

  /// Parses a text; returns the fallback if it is null or not an RFC 3339 time.
  public static Instant parse(@Nullable String text, Instant fallback) {
    try {
      return text == null ? fallback : parse(text);
    } catch (IllegalArgumentException e) {
      return fallback;
    }
  }

  private static IllegalArgumentException notATime(@Nullable Exception cause) {
    return new IllegalArgumentException(
        "must be an RFC 3339 time such as 2026-11-22T12:45:58.677Z", cause);
  }
}
