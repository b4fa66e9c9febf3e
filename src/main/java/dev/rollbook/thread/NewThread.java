package dev.rollbook.thread;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadOptions;
import org.jspecify.annotations.Nullable;

/// Request for a new thread.
///
/// @param id id for the thread, chosen by the client; if a thread already has this id, that thread
///   is returned
public record NewThread(@Nullable ThreadId id, ThreadOptions options) {}
