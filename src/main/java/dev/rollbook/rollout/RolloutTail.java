package dev.rollbook.rollout;

/// End of a rollout that is ready for appends.
///
/// @param size in bytes, which are whole lines
/// @param lastOrdinal of the last line, or -1 if it states none
public record RolloutTail(long size, long lastOrdinal) {}
