package dev.rollbook.turn;

import dev.rollbook.statedb.TurnRow;

/// What the start of a turn came to.
///
/// @param created false if the turn was there already
public record StartedTurn(TurnRow turn, boolean created) {}
