package dev.rollbook.history;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/// Builds a tree of JSON in bounded memory: what history means stands in short texts and few nodes.
///
/// Of a text the first [#MOST_BYTES_OF_TEXT] bytes are read; once [#MOST_NODES] values or
/// [#MOST_BYTES] bytes of text are there all others are left out. A payload of 8 MB of `{},` would
/// else take 200 MB.
final class PayloadTree {
  /// Above what search reads of an item.
  static final int MOST_BYTES_OF_TEXT = 512 * 1024;

  static final int MOST_BYTES = 4 << 20;
  static final int MOST_NODES = 50_000;

  private final JsonMapper json;
  private final byte[] bytes;
  private final int offset;
  private final Deque<JsonNode> open = new ArrayDeque<>();
  private int nodes;
  private int textBytes;

  private PayloadTree(JsonMapper json, byte[] bytes, int offset) {
    this.json = json;
    this.bytes = bytes;
    this.offset = offset;
  }

  /// @throws JacksonException if it is no JSON
  static JsonNode read(JsonMapper json, byte[] bytes, int offset, int length) {
    if (length <= MOST_NODES) {
      return json.readTree(bytes, offset, length);
    }
    try (var parser = json.createParser(bytes, offset, length)) {
      return new PayloadTree(json, bytes, offset).read(parser);
    }
  }

  private JsonNode read(JsonParser parser) {
    parser.nextToken();
    var root = node(parser);
    if (root == null) {
      return MissingNode.getInstance();
    }
    if (root.isContainer()) {
      open.push(root);
    }
    while (!open.isEmpty()) {
      var into = open.peek();
      var token = parser.nextToken();
      if (token == JsonToken.END_OBJECT || token == JsonToken.END_ARRAY) {
        open.pop();
        continue;
      }
      var name = token == JsonToken.PROPERTY_NAME ? parser.currentName() : "";
      if (token == JsonToken.PROPERTY_NAME) {
        parser.nextToken();
      }
      var value = node(parser);
      if (value == null) {
        parser.skipChildren();
        continue;
      }
      switch (into) {
        case ObjectNode object -> object.set(name, value);
        case ArrayNode array -> array.add(value);
        default -> throw new IllegalStateException("neither object nor array: " + into);
      }
      if (value.isContainer()) {
        open.push(value);
      }
    }
    return root;
  }

  /// The value that begins with the current token, without what is in it; null where it is one too
  /// many.
  private @Nullable JsonNode node(JsonParser parser) {
    if (++nodes > MOST_NODES || textBytes > MOST_BYTES) {
      return null;
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> json.createObjectNode();
      case START_ARRAY -> json.createArrayNode();
      case VALUE_STRING -> json.getNodeFactory().stringNode(text(parser));
      case VALUE_NUMBER_INT -> whole(parser);
      case VALUE_NUMBER_FLOAT -> json.getNodeFactory().numberNode(parser.getDoubleValue());
      case VALUE_TRUE -> json.getNodeFactory().booleanNode(true);
      case VALUE_FALSE -> json.getNodeFactory().booleanNode(false);
      case VALUE_NULL -> json.getNodeFactory().nullNode();
      case null, default -> null;
    };
  }

  private JsonNode whole(JsonParser parser) {
    var factory = json.getNodeFactory();
    return switch (parser.getNumberType()) {
      case INT -> factory.numberNode(parser.getIntValue());
      case LONG -> factory.numberNode(parser.getLongValue());
      default -> factory.numberNode(parser.getBigIntegerValue());
    };
  }

  /// The parser reads a text only when it is asked for it, so that a long one is not held.
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

  /// Where a text ends: its closing quote, or behind as many whole characters as are read.
  private int cut(int from) {
    int most = from + MOST_BYTES_OF_TEXT;
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
