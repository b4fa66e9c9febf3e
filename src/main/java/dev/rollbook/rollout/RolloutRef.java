package dev.rollbook.rollout;

import dev.rollbook.model.ThreadId;
import java.nio.file.Path;

/// Identity of a rollout: its thread and its file.
///
/// @param name path relative to the data-dir, as stored in the state-db
public record RolloutRef(ThreadId thread, String name, Path path) {}
