package dev.rollbook.api;

import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.thread.Description;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// RFC 7396: what the patch names is replaced, null removes, objects are merged member by member.
@Component
class MergePatch {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          // Half a surrogate pair can be said in JSON, but only with its escape.
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .build();

  Description.Change read(JsonBody body) {
    var patch = new Members();
    body.object(name -> patch.member(name, body));
    return patch::apply;
  }

  private static @Nullable String merged(@Nullable String before, JsonNode patch) {
    if (patch.isNull()) {
      return null;
    }
    var base = before == null ? JSON.createObjectNode() : tree(before);
    var text = JSON.writeValueAsString(merge(base, patch));
    if (text.length() > ThreadRequests.LONGEST_METADATA) {
      throw new InvalidRequest(
          "/metadata", "would be larger than %d bytes".formatted(ThreadRequests.LONGEST_METADATA));
    }
    return text;
  }

  private static JsonNode tree(String json) {
    try {
      return JSON.readTree(json);
    } catch (NumberFormatException | ArithmeticException outOfRange) {
      throw new InvalidRequest("/metadata", "has a number that is out of range");
    }
  }

  private static JsonNode merge(JsonNode base, JsonNode patch) {
    if (!patch.isObject()) {
      return patch;
    }
    var target = base.isObject() ? (ObjectNode) base : JSON.createObjectNode();
    for (var member : patch.properties()) {
      if (member.getValue().isNull()) {
        target.remove(member.getKey());
      } else {
        target.set(member.getKey(), merge(target.path(member.getKey()), member.getValue()));
      }
    }
    return target;
  }

  /// The members of a patch as they come.
  private static final class Members {
    private boolean namesName;
    private @Nullable String name;
    private @Nullable JsonNode metadata;
    private @Nullable Boolean pinned;

    void member(String member, JsonBody body) {
      switch (member) {
        case "name" -> {
          namesName = true;
          name = body.text(ThreadRequests.LONGEST_NAME);
        }
        case "metadata" -> {
          var raw = body.rawObject(ThreadRequests.LONGEST_METADATA);
          metadata = tree(raw == null ? "null" : raw.toString());
        }
        case "pinned" -> pinned = body.bool();
        default -> throw body.unknown();
      }
    }

    Description apply(Description before) {
      return new Description(
          namesName ? name : before.name(),
          metadata == null ? before.metadata() : merged(before.metadata(), metadata),
          pinned == null ? before.pinned() : pinned);
    }
  }
}
