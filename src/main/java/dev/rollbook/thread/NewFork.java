package dev.rollbook.thread;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadOptions;
import dev.rollbook.model.TurnId;
import org.jspecify.annotations.Nullable;

/// Request for a fork.
///
/// @param id chosen by the caller; if it exists, that thread is returned
/// @param throughTurn the last turn to copy
/// @param throughOrdinal the last ordinal to copy; if both are null, the whole history is copied
/// @param options properties of the fork; a property that is left out is inherited from the parent
public record NewFork(
    @Nullable ThreadId id,
    @Nullable TurnId throughTurn,
    @Nullable Long throughOrdinal,
    ThreadOptions options) {}
