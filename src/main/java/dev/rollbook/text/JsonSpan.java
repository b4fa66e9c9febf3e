package dev.rollbook.text;

import tools.jackson.core.JsonParser;

/// Byte offsets of a JSON value in the input of its parser. They are used to copy the bytes of the
/// value unchanged.
///
/// @param end exclusive
public record JsonSpan(long start, long end) {
  /// The value that begins with the current token. Moves the parser to its last token.
  public static JsonSpan of(JsonParser parser) {
    long start = parser.currentTokenLocation().getByteOffset();
    parser.skipChildren();
    parser.finishToken();
    return new JsonSpan(start, parser.currentLocation().getByteOffset());
  }

  public long length() {
    return end - start;
  }

  /// A view of the value.
  ///
  /// @param offset of the parser's input in the bytes
  public RawJson in(byte[] bytes, int offset) {
    return new RawJson(bytes, Math.toIntExact(offset + start), Math.toIntExact(length()));
  }
}
