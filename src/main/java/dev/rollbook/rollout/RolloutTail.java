package dev.rollbook.rollout;

/// The end of a rollout after [TailRepair], to which lines can be appended.
///
/// @param size size of the file in bytes; the file ends with a whole line
/// @param lastOrdinal ordinal of the last line; -1 if the line states none
public record RolloutTail(long size, long lastOrdinal) {}
