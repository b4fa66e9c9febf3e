package dev.rollbook.logging;

import org.jspecify.annotations.Nullable;

/// Writes characters that are not printed as Java would: `\n`, `\u001b`.
final class Escapes {
  private Escapes() {}

  static @Nullable String ofNullable(@Nullable String text) {
    return text == null ? null : of(text);
  }

  /// The text itself where there is nothing to escape.
  static String of(String text) {
    if (text.codePoints().noneMatch(Escapes::isUnprintable)) {
      return text;
    }
    var escaped = new StringBuilder(text.length() + 16);
    text.codePoints().forEach(character -> append(character, escaped));
    return escaped.toString();
  }

  private static void append(int character, StringBuilder text) {
    switch (character) {
      case '\n' -> text.append("\\n");
      case '\r' -> text.append("\\r");
      case '\t' -> text.append("\\t");
      default -> {
        if (isUnprintable(character)) {
          Character.toString(character)
              .chars()
              .forEach(unit -> text.append("\\u%04x".formatted(unit)));
        } else {
          text.appendCodePoint(character);
        }
      }
    }
  }

  /// Control and format characters (terminal escapes, direction of text), the line ends of Unicode,
  /// and halves of surrogate pairs.
  private static boolean isUnprintable(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      default -> false;
    };
  }
}
