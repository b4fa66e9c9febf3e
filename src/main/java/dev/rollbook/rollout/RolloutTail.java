package dev.rollbook.rollout;

/// The end of a rollout that is ready for appends.
///
/// @param size in bytes, all of them whole lines
/// @param lastOrdinal of the last line, or -1 where that line does not say one
public record RolloutTail(long size, long lastOrdinal) {}
