package dev.rollbook.model;

import java.text.Normalizer;
import java.util.Locale;

/// JSON can say things in a string that are no text: half a surrogate pair, and U+0000, which
/// PostgreSQL does not store.
public final class Unicode {
  private static final int REPLACEMENT = 0xFFFD;
  private static final int ASCII = 0x80;

  private Unicode() {}

  public static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      if (!isText(text.codePointAt(i))) {
        return false;
      }
    }
    return true;
  }

  /// The text with everything that is none replaced by U+FFFD.
  public static String wellFormed(String text) {
    return isWellFormed(text)
        ? text
        : text.codePoints()
            .map(point -> isText(point) ? point : REPLACEMENT)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
  }

  /// The beginning of a text, of at most so many `char`s; no character is cut in half.
  public static String cut(String text, int length) {
    if (text.length() <= length) {
      return text;
    }
    return text.substring(
        0, Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length);
  }

  /// The text in NFC: a letter with its accent is one character, as most systems write it. macOS
  /// writes file names as two.
  public static String composed(String text) {
    return isAscii(text) || Normalizer.isNormalized(text, Normalizer.Form.NFC)
        ? text
        : Normalizer.normalize(text, Normalizer.Form.NFC);
  }

  /// The form in which texts are compared that differ in case or in NFC and NFD only.
  public static String folded(String text) {
    return composed(composed(text).toLowerCase(Locale.ROOT));
  }

  /// Most names and paths are, and a normalizer takes ten times as long to say so.
  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= ASCII) {
        return false;
      }
    }
    return true;
  }

  private static boolean isText(int codePoint) {
    return codePoint != 0
        && !(codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE);
  }
}
