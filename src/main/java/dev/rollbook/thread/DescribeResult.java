package dev.rollbook.thread;

import dev.rollbook.model.AppendOutcome;
import org.jspecify.annotations.Nullable;

/// Result of changing name, metadata or pin of a thread.
///
/// @param note outcome of the append of the note to the rollout; null if nothing changed
public record DescribeResult(ThreadView thread, @Nullable AppendOutcome note) {}
