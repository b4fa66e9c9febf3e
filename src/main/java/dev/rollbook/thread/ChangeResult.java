package dev.rollbook.thread;

import dev.rollbook.model.AppendOutcome;
import org.jspecify.annotations.Nullable;

/// Result of a request to change the name, metadata or pin of a thread.
///
/// @param thread the thread after the change
/// @param note outcome of appending the change to the rollout; null if nothing changed
public record ChangeResult(ThreadView thread, @Nullable AppendOutcome note) {}
