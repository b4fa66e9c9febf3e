/// What Codex can list, read and resume: rollouts in the form that it needs, handed out or written
/// into a `CODEX_HOME`.
///
/// What Codex wrote goes out as it came in. [RolloutSummary] says what a rollout is, [CodexLines]
/// passes its lines on and changes the few that Codex could not use, [Exports] puts the result
/// where an operator allowed it, beside what Codex itself writes there, and never over it.
@NullMarked
@NamedInterface
package dev.rollbook.codex.export;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
