/// Append-only JSONL files, one per thread: the source of truth.
///
/// A write appends whole lines or nothing: a torn tail left by a crash or a full disk is truncated
/// before the next append. [Rollouts] is the entry point; [RolloutSync] decides when bytes are
/// synced to the disk. This package knows neither HTTP nor the state-db; a rollout can be read with
/// `jq` alone, and with `zstd` if it is compressed.
@NullMarked
@ApplicationModule(allowedDependencies = {"memory", "model", "text", "worker"})
package dev.rollbook.rollout;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
