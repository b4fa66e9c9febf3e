package dev.rollbook.turn;

/// What the start of a turn came to.
///
/// @param created false if the turn was there already
public record StartedTurn(TurnView turn, boolean created) {}
