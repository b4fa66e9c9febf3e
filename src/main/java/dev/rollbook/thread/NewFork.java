package dev.rollbook.thread;

import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import org.jspecify.annotations.Nullable;

/// What the caller says of a fork; what is not said is the parent's.
///
/// @param id the caller's own; a thread that has it already is answered instead
/// @param throughTurn the last turn to be taken over
/// @param throughOrdinal the last ordinal to be taken over; without either all are
/// @param metadata a JSON object
public record NewFork(
    @Nullable ThreadId id,
    @Nullable TurnId throughTurn,
    @Nullable Long throughOrdinal,
    @Nullable String name,
    @Nullable String cwd,
    @Nullable String model,
    @Nullable String modelProvider,
    @Nullable String source,
    @Nullable String cliVersion,
    @Nullable PersistencePolicy persistence,
    @Nullable RawJson metadata) {}
