package dev.rollbook.thread;

import dev.rollbook.model.AppendOutcome;
import org.jspecify.annotations.Nullable;

/// Result of a request to change the name, metadata or pin of a thread.
///
/// @param thread the thread after the change
public record ChangeResult(ThreadView thread, @Nullable AppendOutcome note) {}
