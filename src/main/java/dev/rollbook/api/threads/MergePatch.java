package dev.rollbook.api.threads;

import dev.rollbook.api.json.BodyMapper;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.thread.ThreadDescription;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// JSON merge patch of a thread (RFC 7396): a new value replaces the old value, a JSON null removes
/// the old value, and objects are merged member by member. A component of this record is null if
/// the patch lacks the member.
public record MergePatch(
    @Nullable PatchedName name, @Nullable PatchedMetadata metadata, @Nullable Boolean pinned) {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          // An unpaired surrogate is valid in JSON, but only as an escape.
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .build();

  public ThreadDescription apply(ThreadDescription before) {
    return new ThreadDescription(
        name == null ? before.name() : name.value(),
        metadata == null ? before.metadata() : merged(before.metadata(), metadata.value()),
        pinned == null ? before.pinned() : pinned);
  }

  private static @Nullable String merged(@Nullable String before, JsonNode patch) {
    if (patch.isNull()) {
      return null;
    }
    var base = before == null ? JSON.createObjectNode() : tree(before);
    var text = JSON.writeValueAsString(merge(base, patch));
    if (text.length() > ThreadRequests.MAX_METADATA_BYTES) {
      throw new InvalidRequest(
          "/metadata",
          "would be larger than %d bytes".formatted(ThreadRequests.MAX_METADATA_BYTES));
    }
    return text;
  }

  private static JsonNode tree(String json) {
    try {
      return JSON.readTree(json);
    } catch (NumberFormatException | ArithmeticException e) {
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

  /// A name, or null, which removes it.
  @JsonDeserialize(using = PatchedName.Deserializer.class)
  public record PatchedName(@Nullable String value) {
    public static final class Deserializer extends BodyMapper.MemberDeserializer<PatchedName> {
      Deserializer() {
        super(body -> new PatchedName(body.text(ThreadRequests.MAX_NAME_LENGTH)));
      }
    }
  }

  /// An object, or null, which removes all.
  @JsonDeserialize(using = PatchedMetadata.Deserializer.class)
  public record PatchedMetadata(JsonNode value) {
    public static final class Deserializer extends BodyMapper.MemberDeserializer<PatchedMetadata> {
      Deserializer() {
        super(body -> {
          var raw = body.rawObject(ThreadRequests.MAX_METADATA_BYTES);
          return new PatchedMetadata(tree(raw == null ? "null" : raw.toString()));
        });
      }
    }
  }
}
