/// Append-only JSONL files, one per thread: the source of truth.
///
/// A write appends whole lines or nothing. If a crash or a full disk leaves a torn line at the end,
/// the line is truncated before the next append. [Rollouts] is the entry point. [RolloutSync]
/// decides when written bytes are fsynced. This package knows neither HTTP nor the state-db. A
/// rollout can be read with `jq` alone, or with `zstd` and `jq` if it is compressed.
@NullMarked
@ApplicationModule(allowedDependencies = {"access", "lock", "memory", "model", "text", "worker"})
package dev.rollbook.rollout;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
