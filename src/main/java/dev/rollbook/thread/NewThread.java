package dev.rollbook.thread;

import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.ThreadId;
import org.jspecify.annotations.Nullable;

/// Request for a new thread.
///
/// @param id chosen by the caller; if a thread has it, that thread is returned
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
