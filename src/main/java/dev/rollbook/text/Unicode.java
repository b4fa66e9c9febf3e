package dev.rollbook.text;

import java.text.Normalizer;
import java.util.Locale;

/// Checks and normalizes Unicode text. JSON strings can contain characters that Rollbook cannot
/// store: unpaired surrogates, and U+0000, which PostgreSQL refuses.
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

  /// The text with every invalid character replaced by U+FFFD.
  public static String wellFormed(String text) {
    return isWellFormed(text)
        ? text
        : text.codePoints()
            .map(point -> isText(point) ? point : REPLACEMENT)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
  }

  /// The beginning of a text, at most `length` chars; no surrogate pair is split.
  public static String cut(String text, int length) {
    if (text.length() <= length) {
      return text;
    }
    return text.substring(
        0, Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length);
  }

  /// The text in NFC, where a letter with its accent is one character. macOS writes file names in
  /// NFD, where they are two.
  public static String composed(String text) {
    return isAscii(text) || Normalizer.isNormalized(text, Normalizer.Form.NFC)
        ? text
        : Normalizer.normalize(text, Normalizer.Form.NFC);
  }

  /// Key for comparing texts regardless of case and of NFC or NFD.
  public static String folded(String text) {
    return composed(composed(text).toLowerCase(Locale.ROOT));
  }

  /// Fast path for most names and paths: the normalizer needs ten times as long.
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
