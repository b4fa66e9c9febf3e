/// Exports threads in the form that Codex lists, reads and resumes: as a stream, or into a
/// `CODEX_HOME`.
///
/// Lines that Codex wrote are exported byte for byte. [RolloutSummary] has the facts about a
/// rollout. [ExportWriter] copies its lines, and changes the few that Codex could not use.
/// [ExportService] writes the result to a stream, or into a `CODEX_HOME` that the operator allowed.
/// Files of Codex are never overwritten with other content.
@NullMarked
@NamedInterface
package dev.rollbook.codex.export;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
