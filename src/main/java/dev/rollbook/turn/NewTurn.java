package dev.rollbook.turn;

import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.TurnId;
import dev.rollbook.text.RawJson;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Request for a new turn.
///
/// @param id id for the turn, chosen by the client; if the thread already has a turn with this id,
///   that turn is returned
/// @param input the first items of the turn
/// @param metadata a JSON object
public record NewTurn(@Nullable TurnId id, List<RolloutItem> input, @Nullable RawJson metadata) {}
