package dev.rollbook.rollout;

/// The end of a rollout after [TailRepair], to which lines can be appended.
///
/// @param size of the file in bytes; it ends with a whole line
/// @param lastOrdinal of the last line, or -1 if that line states none
public record RolloutTail(long size, long lastOrdinal) {}
