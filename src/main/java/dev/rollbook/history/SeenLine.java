package dev.rollbook.history;

import dev.rollbook.rollout.RolloutLine;
import java.time.Instant;
import tools.jackson.databind.JsonNode;

/// A line with what those before it say of it.
///
/// @param payload missing where the line is of a type that is not looked into
/// @param at its time, or that of the line before where it says none
/// @param before the time of the line before
/// @param inherited whether a fork has it from its parent
/// @param fromCodex whether Codex wrote it, as far as one can tell: what a client sends in a thread
///   of Rollbook's own may look the same
/// @param skipped whether the rollout lacks it
record SeenLine(
    RolloutLine line,
    JsonNode payload,
    Instant at,
    Instant before,
    boolean inherited,
    boolean fromCodex,
    boolean skipped) {

  long ordinal() {
    return line.ordinal();
  }
}
