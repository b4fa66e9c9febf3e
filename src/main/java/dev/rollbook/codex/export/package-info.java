/// Exports threads in the form that Codex lists, reads and resumes: as a stream, or into a
/// `CODEX_HOME`.
///
/// What Codex wrote is exported byte by byte. [RolloutSummary] says what a rollout is,
/// [ExportWriter] copies its lines and changes the few that Codex could not use, [ExportService]
/// writes the result where an operator allowed it, beside the files of Codex, and never over them.
@NullMarked
@NamedInterface
package dev.rollbook.codex.export;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
