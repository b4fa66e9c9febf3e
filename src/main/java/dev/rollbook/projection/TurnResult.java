package dev.rollbook.projection;

import dev.rollbook.model.TurnStatus;
import dev.rollbook.text.RawJson;
import org.jspecify.annotations.Nullable;

/// The result with which a turn ended, given by its client or by Codex.
///
/// @param error any JSON value, as it was sent
/// @param usage any JSON value, as it was sent
public record TurnResult(
    TurnStatus status,
    @Nullable RawJson error,
    @Nullable RawJson usage,
    @Nullable String lastAgentMessage) {}
