package dev.rollbook.history;

import dev.rollbook.model.RawJson;
import dev.rollbook.rollout.RolloutLine;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The model of a thread: Codex does not name it in the first line but with each turn, and whenever
/// a person chooses another one.
final class ModelName {
  private static final String TURN_CONTEXT = "turn_context";
  private static final String SETTINGS_APPLIED = "thread_settings_applied";

  private boolean told;
  private @Nullable String last;

  /// @param meta the payload of the first `session_meta`
  void begin(RawJson meta) {
    told = HistoryFold.isOwn(Payload.read(meta));
  }

  /// In a thread of Rollbook's own nothing that a client sends changes what it started with.
  void add(RolloutLine line) {
    if (!told) {
      switch (line.type()) {
        case TURN_CONTEXT -> use(Payload.read(line.payload()));
        case ItemTypes.EVENT -> event(Payload.read(line.payload()));
        default -> {}
      }
    }
  }

  @Nullable String of(SessionMeta meta) {
    return last == null ? meta.model() : last;
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
