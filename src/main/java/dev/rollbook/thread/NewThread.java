package dev.rollbook.thread;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadOptions;
import org.jspecify.annotations.Nullable;

/// Request for a new thread.
///
/// @param id chosen by the caller; if it exists, that thread is returned
public record NewThread(@Nullable ThreadId id, ThreadOptions options) {}
