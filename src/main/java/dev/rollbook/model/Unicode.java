package dev.rollbook.model;

/// JSON can say things in a string that are no text: half a surrogate pair, and U+0000, which
/// PostgreSQL does not store.
public final class Unicode {
  private static final int REPLACEMENT = 0xFFFD;

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

  private static boolean isText(int codePoint) {
    return codePoint != 0
        && !(codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE);
  }
}
