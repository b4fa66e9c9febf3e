/// Append-only JSONL files, one per thread: the truth of this service.
///
/// A write is whole lines or nothing: what a crash or a full disk leaves torn is cut off before the
/// next byte. [Rollouts] is the only way in, and [Disk] the only way out to the file system. What
/// is not written for long may lie compressed ([RolloutCompressor]), and looks the same to its
/// readers. Nothing here knows HTTP or the state-db; a rollout can be read with `jq`, and `zstd`
/// where it is compressed, and nothing else.
@NullMarked
@ApplicationModule(allowedDependencies = {"memory", "model", "worker"})
package dev.rollbook.rollout;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
