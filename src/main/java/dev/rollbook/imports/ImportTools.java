package dev.rollbook.imports;

import dev.rollbook.model.DeletedThreads;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.source.SourceRoots;
import dev.rollbook.worker.Workers;
import org.springframework.stereotype.Component;

/// What every run of an import works with.
@Component
record ImportTools(
    ThreadImport threads,
    RolloutIdentity identity,
    SeenFiles seen,
    DeletedThreads deleted,
    ArchivedThere archived,
    Rollouts rollouts,
    SourceRoots roots,
    Workers workers,
    ImportMeters meters) {}
