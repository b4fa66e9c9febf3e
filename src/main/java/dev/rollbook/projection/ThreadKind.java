package dev.rollbook.projection;

import java.util.Arrays;
import tools.jackson.databind.JsonNode;

/// Kind of a thread. By default, lists leave out the kinds that Codex starts by itself.
public enum ThreadKind {
  /// A conversation with a person, forks included.
  THREAD("thread"),
  /// An agent that another thread spawned, or a helper of Codex such as the guardian.
  SUBAGENT("subagent"),
  /// A code review that `/review` runs beside its thread.
  REVIEW("review");

  private final String wireName;

  ThreadKind(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }

  /// @throws IllegalArgumentException if no kind has that name
  public static ThreadKind parse(String text) {
    return Arrays.stream(values())
        .filter(kind -> kind.wireName.equals(text))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("must be thread, subagent, review or all"));
  }

  /// Reads the `source` of a `session_meta`. Codex has a word for what a person starts, and an
  /// object `{"subagent": ...}` or `{"internal": ...}` for what it starts itself.
  static ThreadKind of(JsonNode source) {
    var subagent = source.path("subagent");
    if ("review".equals(Payload.text(subagent))) {
      return REVIEW;
    }
    return subagent.isMissingNode() && !source.has("internal") ? THREAD : SUBAGENT;
  }
}
