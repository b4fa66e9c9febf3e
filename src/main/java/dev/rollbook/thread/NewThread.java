package dev.rollbook.thread;

import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.ThreadId;
import org.jspecify.annotations.Nullable;

/// What the caller says of a thread that is to start.
///
/// @param id the caller's own; a thread that has it already is answered instead
/// @param metadata a JSON object
public record NewThread(
    @Nullable ThreadId id,
    @Nullable String name,
    @Nullable String cwd,
    @Nullable String model,
    @Nullable String modelProvider,
    @Nullable String source,
    @Nullable String cliVersion,
    PersistencePolicy persistence,
    @Nullable RawJson metadata) {}
