package dev.rollbook.rollout;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Gives a line another ordinal where its own is taken; every other byte of it stays.
final class Renumbering {
  private static final JsonFactory JSON = new JsonFactory();

  private Renumbering() {}

  /// @param line a JSON object
  static RawLine of(byte[] line, long ordinal) {
    int start = -1;
    int end = -1;
    int behind = -1;
    try (var parser = JSON.createParser(ObjectReadContext.empty(), line, 0, line.length)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        boolean found = parser.currentName().equals("ordinal");
        int from = valueStart(parser);
        if (found) {
          start = from;
          end = offset(parser.currentLocation().getByteOffset());
        }
      }
      behind = offset(parser.currentTokenLocation().getByteOffset());
    }
    return start >= 0
        ? replaced(line, start, end, Long.toString(ordinal))
        : replaced(line, behind, behind, ",\"ordinal\":%d".formatted(ordinal));
  }

  private static int valueStart(JsonParser parser) {
    parser.nextToken();
    int start = offset(parser.currentTokenLocation().getByteOffset());
    parser.skipChildren();
    parser.finishToken();
    return start;
  }

  private static int offset(long offset) {
    return Math.toIntExact(offset);
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
