package dev.rollbook.thread;

import dev.rollbook.model.AppendOutcome;
import org.jspecify.annotations.Nullable;

/// Result of a change of a thread's description.
///
/// @param note what became of the note in the rollout; null where nothing was to be changed
public record Described(ThreadView thread, @Nullable AppendOutcome note) {}
