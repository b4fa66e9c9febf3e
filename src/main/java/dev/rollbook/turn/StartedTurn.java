package dev.rollbook.turn;

/// Result of the start of a turn.
///
/// @param created false if the turn existed before
public record StartedTurn(TurnView turn, boolean created) {}
