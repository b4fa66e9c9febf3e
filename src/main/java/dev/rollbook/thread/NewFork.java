package dev.rollbook.thread;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadOptions;
import dev.rollbook.model.TurnId;
import org.jspecify.annotations.Nullable;

/// Request for a fork.
///
/// @param id id for the fork, chosen by the client; if a thread already has this id, no fork is
///   created and that thread is returned
/// @param throughTurn the last turn to copy; null if the fork point is not given as a turn
/// @param throughOrdinal the last ordinal to copy; if both this and `throughTurn` are null, the
///   whole history is copied
/// @param options properties of the fork; a property that is null is inherited from the parent
public record NewFork(
    @Nullable ThreadId id,
    @Nullable TurnId throughTurn,
    @Nullable Long throughOrdinal,
    ThreadOptions options) {}
