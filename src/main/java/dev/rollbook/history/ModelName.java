package dev.rollbook.history;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The model of a thread: Codex does not name it in the first line but with each turn, and whenever
/// a person chooses another one.
final class ModelName {
  private static final String SETTINGS_APPLIED = "thread_settings_applied";

  private boolean told;
  private @Nullable String last;

  /// In a thread of Rollbook's own nothing that a client sends changes what it started with.
  void begin(boolean own) {
    told = own;
  }

  void add(String type, JsonNode payload) {
    if (!told) {
      switch (type) {
        case ItemTypes.TURN_CONTEXT -> use(payload);
        case ItemTypes.EVENT -> event(payload);
        default -> {}
      }
    }
  }

  @Nullable String of(SessionMeta meta) {
    return last == null || told ? meta.model() : last;
  }

  private void event(JsonNode payload) {
    if (SETTINGS_APPLIED.equals(Payload.text(payload, "type"))) {
      use(payload.path("thread_settings"));
    }
  }

  private void use(JsonNode settings) {
    var model = Payload.text(settings, "model");
    last = model == null ? last : model;
  }
}
