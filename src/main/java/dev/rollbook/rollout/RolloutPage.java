package dev.rollbook.rollout;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Some lines of a rollout in the order that was asked for.
///
/// @param nextAfter the ordinal to go on after, or null where nothing follows
public record RolloutPage(List<RolloutLine> lines, @Nullable Long nextAfter) {}
