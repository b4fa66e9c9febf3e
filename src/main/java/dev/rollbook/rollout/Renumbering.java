package dev.rollbook.rollout;

import dev.rollbook.model.JsonSpan;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Gives a line another ordinal where its own is taken; every other byte of it stays.
final class Renumbering {
  private static final JsonFactory JSON = new JsonFactory();

  private Renumbering() {}

  /// @param line a JSON object
  static RawLine of(byte[] line, long ordinal) {
    JsonSpan found = null;
    long behind;
    try (var parser = JSON.createParser(ObjectReadContext.empty(), line, 0, line.length)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        boolean isOrdinal = parser.currentName().equals("ordinal");
        parser.nextToken();
        var value = JsonSpan.of(parser);
        found = isOrdinal ? value : found;
      }
      behind = parser.currentTokenLocation().getByteOffset();
    }
    return found == null
        ? replaced(line, (int) behind, (int) behind, ",\"ordinal\":%d".formatted(ordinal))
        : replaced(line, (int) found.start(), (int) found.end(), Long.toString(ordinal));
  }

  private static RawLine replaced(byte[] line, int start, int end, String text) {
    var bytes = new byte[line.length - (end - start) + text.length()];
    System.arraycopy(line, 0, bytes, 0, start);
    for (int i = 0; i < text.length(); i++) {
      bytes[start + i] = (byte) text.charAt(i);
    }
    System.arraycopy(line, end, bytes, start + text.length(), line.length - end);
    return new RawLine(bytes, 0, bytes.length);
  }
}
