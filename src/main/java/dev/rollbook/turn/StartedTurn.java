package dev.rollbook.turn;

/// Result of the start of a turn.
///
/// @param created false if a turn with the requested id already existed
public record StartedTurn(TurnView turn, boolean created) {}
