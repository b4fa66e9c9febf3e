package dev.rollbook.api;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;
import org.jspecify.annotations.Nullable;

/// JSON that goes into an answer as it is.
record RawText(@JsonValue @JsonRawValue String json) {
  static final RawText EMPTY_OBJECT = new RawText("{}");

  static @Nullable RawText ofNullable(@Nullable String json) {
    return json == null ? null : new RawText(json);
  }
}
