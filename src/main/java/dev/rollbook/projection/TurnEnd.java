package dev.rollbook.projection;

import dev.rollbook.text.RawJson;
import dev.rollbook.model.TurnStatus;
import org.jspecify.annotations.Nullable;

/// How a turn ended.
///
/// @param error any JSON, as it was sent
/// @param usage any JSON, as it was sent
public record TurnEnd(
    TurnStatus status,
    @Nullable RawJson error,
    @Nullable RawJson usage,
    @Nullable String lastAgentMessage) {}
