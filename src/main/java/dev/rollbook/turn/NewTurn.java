package dev.rollbook.turn;

import dev.rollbook.model.RawJson;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.TurnId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the caller says of a turn that is to start.
///
/// @param id the caller's own; a turn of the thread that has it already is answered instead
/// @param input the first items
/// @param metadata a JSON object
public record NewTurn(@Nullable TurnId id, List<RolloutItem> input, @Nullable RawJson metadata) {}
