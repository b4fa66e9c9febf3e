package dev.rollbook.model;

import static java.time.ZoneOffset.UTC;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/// Format of times in responses and rollouts: RFC 3339, UTC, always three digits of milliseconds.
///
/// `Instant.toString` is not used, because it omits trailing zeros, and its results do not sort by
/// time.
public final class Timestamps {
  private static final DateTimeFormatter MILLISECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(UTC);

  private static final int LENGTH = "2026-11-22T12:45:58.677Z".length();
  private static final int YEAR_LENGTH = 4;
  private static final int MAX_YEAR = 9999;
  private static final int NANOS_PER_MILLISECOND = 1_000_000;
  private static final int MIN_LENGTH = "2026-11-22T12:45:58Z".length();

  private Timestamps() {}

  /// The formatter takes three times as long, and is used for years without four digits only.
  public static String format(Instant instant) {
    var time = LocalDateTime.ofEpochSecond(instant.getEpochSecond(), instant.getNano(), UTC);
    int year = time.getYear();
    if (year < 0 || year > MAX_YEAR) {
      return MILLISECONDS.format(instant);
    }
    var text = new byte[LENGTH];
    int at = number(text, 0, year, YEAR_LENGTH, '-');
    at = number(text, at, time.getMonthValue(), 2, '-');
    at = number(text, at, time.getDayOfMonth(), 2, 'T');
    at = number(text, at, time.getHour(), 2, ':');
    at = number(text, at, time.getMinute(), 2, ':');
    at = number(text, at, time.getSecond(), 2, '.');
    number(text, at, time.getNano() / NANOS_PER_MILLISECOND, 3, 'Z');
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  /// Writes a number with leading zeros, and a character after it.
  ///
  /// @return the position after them
  private static int number(byte[] text, int at, int number, int digits, char after) {
    int rest = number;
    for (int i = at + digits - 1; i >= at; i--) {
      text[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    text[at + digits] = (byte) after;
    return at + digits + 1;
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
