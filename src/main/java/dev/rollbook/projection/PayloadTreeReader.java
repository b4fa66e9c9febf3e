package dev.rollbook.projection;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads JSON into a tree of limited size, and leaves out the rest.
///
/// Only the first [#MAX_BYTES_OF_TEXT] bytes of each text are read. After [#MAX_NODES] values or
/// [#MAX_BYTES] bytes of text, all further values are left out. Without these limits a payload of 8
/// MB of `{},` would take 200 MB.
final class PayloadTreeReader {
  /// More than search reads of an item.
  static final int MAX_BYTES_OF_TEXT = 512 * 1024;

  static final int MAX_BYTES = 4 << 20;
  static final int MAX_NODES = 50_000;

  private final JsonMapper json;
  private final byte[] bytes;
  private final int offset;
  private int nodes;
  private int textBytes;

  private PayloadTreeReader(JsonMapper json, byte[] bytes, int offset) {
    this.json = json;
    this.bytes = bytes;
    this.offset = offset;
  }

  /// @throws JacksonException if the bytes are not JSON
  static JsonNode read(JsonMapper json, byte[] bytes, int offset, int length) {
    if (length <= MAX_NODES) {
      return json.readTree(bytes, offset, length);
    }
    try (var parser = json.createParser(bytes, offset, length)) {
      parser.nextToken();
      var root = new PayloadTreeReader(json, bytes, offset).value(parser);
      return root == null ? MissingNode.getInstance() : root;
    }
  }

  /// The value that begins with the current token; null if a limit is reached.
  private @Nullable JsonNode value(JsonParser parser) {
    if (++nodes > MAX_NODES || textBytes > MAX_BYTES) {
      parser.skipChildren();
      return null;
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> json.getNodeFactory().stringNode(text(parser));
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE, VALUE_NULL ->
          parser.readValueAsTree();
      case null, default -> null;
    };
  }

  private ObjectNode object(JsonParser parser) {
    var object = json.createObjectNode();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      var name = parser.currentName();
      parser.nextToken();
      var value = value(parser);
      if (value != null) {
        object.set(name, value);
      }
    }
    return object;
  }

  private ArrayNode array(JsonParser parser) {
    var array = json.createArrayNode();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      var value = value(parser);
      if (value != null) {
        array.add(value);
      }
    }
    return array;
  }

  /// The parser reads a text only on request, so that a long one is never in memory as a whole.
  private String text(JsonParser parser) {
    int start = offset + Math.toIntExact(parser.currentTokenLocation().getByteOffset());
    int end = cut(start + 1);
    textBytes += end - start;
    if (bytes[end] == '"') {
      return parser.getString();
    }
    var beginning = new String(bytes, start, end - start, StandardCharsets.UTF_8) + '"';
    return json.readValue(beginning, String.class);
  }

  /// Position where a text ends: its closing quote or, in a long text, the end of the last whole
  /// character that is read.
  private int cut(int from) {
    int most = from + MAX_BYTES_OF_TEXT;
    int at = from;
    while (at < most && bytes[at] != '"') {
      at += length(at);
    }
    return at;
  }

  /// Bytes of a character, escaped or not.
  private int length(int at) {
    byte b = bytes[at];
    if (b == '\\') {
      return bytes[at + 1] == 'u' ? 6 : 2;
    }
    if (b >= 0) {
      return 1;
    }
    return (b & 0xF0) == 0xF0 ? 4 : (b & 0xE0) == 0xE0 ? 3 : 2;
  }
}
