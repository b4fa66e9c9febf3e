package dev.rollbook.thread;

import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import org.jspecify.annotations.Nullable;

/// Request for a fork. Null fields are inherited from the parent.
///
/// @param id chosen by the caller; if it exists, that thread is returned
/// @param throughTurn the last turn to copy
/// @param throughOrdinal the last ordinal to copy; if neither bound is given, the whole history is
///   copied
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
