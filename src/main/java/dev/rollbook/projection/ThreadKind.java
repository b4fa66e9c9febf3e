package dev.rollbook.projection;

import dev.rollbook.model.WireName;
import tools.jackson.databind.JsonNode;

/// Kind of a thread. By default, lists leave out the kinds that Codex starts by itself.
public enum ThreadKind implements WireName {
  /// A conversation with a person, forks included.
  THREAD,
  /// An agent that another thread spawned, or a helper of Codex such as the guardian.
  SUBAGENT,
  /// A code review that `/review` runs beside its thread.
  REVIEW;

  /// @throws IllegalArgumentException if no kind has that name
  public static ThreadKind parse(String text) {
    return WireName.parse(ThreadKind.class, text, "all");
  }

  /// Reads the `source` of a `session_meta`. Codex has a word for what a person starts, and an
  /// object `{"subagent": ...}` or `{"internal": ...}` for what it starts itself.
  static ThreadKind of(JsonNode source) {
    var subagent = source.path("subagent");
    if ("review".equals(PayloadJson.text(subagent))) {
      return REVIEW;
    }
    return subagent.isMissingNode() && !source.has("internal") ? THREAD : SUBAGENT;
  }
}
