package dev.rollbook.model;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;

/// The one form of time in answers and rollouts: RFC 3339, UTC, always three digits of
/// milliseconds.
///
/// `Instant.toString` leaves out zeros at the end, so that texts would not sort.
public final class Timestamps {
  private static final DateTimeFormatter MILLISECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private Timestamps() {}

  public static String format(Instant instant) {
    return MILLISECONDS.format(instant);
  }

  /// @throws IllegalArgumentException if the text is not an RFC 3339 time
  public static Instant parse(String text) {
    try {
      return DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(text, Instant::from);
    } catch (DateTimeParseException malformed) {
      throw new IllegalArgumentException(
          "must be an RFC 3339 time such as 2026-11-22T12:45:58.677Z", malformed);
    }
  }
}
