package dev.rollbook.rollout;

import dev.rollbook.model.ThreadId;
import java.nio.file.Path;

/// Which rollout: whose it is and where it lies.
///
/// @param name the path below the data-dir, as the state-db keeps it
public record RolloutRef(ThreadId thread, String name, Path path) {}
