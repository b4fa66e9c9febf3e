package dev.rollbook.thread;

import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.GitState;
import dev.rollbook.projection.Lineage;
import dev.rollbook.projection.SessionMeta;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.ThreadRow;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where a fork leaves its parent, and what it has from it.
///
/// @param through the last ordinal that the fork has from its parent
/// @param gaps of the parent that begin no later
record ForkPoint(ThreadRow parent, long through, List<GapRow> gaps) {
  ThreadId parentId() {
    return new ThreadId(parent.id());
  }

  /// Who the fork is.
  SessionMeta meta(ThreadId fork, NewFork wanted, Instant now) {
    return new SessionMeta(
        fork,
        now,
        or(wanted.name(), parent.name()),
        or(wanted.source(), parent.source()),
        or(wanted.cwd(), parent.cwd()),
        or(wanted.model(), parent.model()),
        or(wanted.modelProvider(), parent.modelProvider()),
        or(wanted.cliVersion(), parent.cliVersion()),
        or(wanted.metadata(), parent.metadata() == null ? null : RawJson.of(parent.metadata())),
        wanted.persistence() == null
            ? PersistencePolicy.parse(parent.persistence())
            : wanted.persistence(),
        Lineage.forkOf(parentId(), through),
        GitState.of(parent.git()));
  }

  /// What the fork lacks, as its parent does.
  List<GapRow> gapsOf(ThreadId fork) {
    return gaps.stream().map(gap -> inherited(gap, fork)).toList();
  }

  private GapRow inherited(GapRow gap, ThreadId fork) {
    return GapRow.open(
        fork.value(),
        gap.turnId(),
        gap.firstOrdinal(),
        Math.min(gap.nextOrdinal(), through + 1),
        gap.reason(),
        gap.recordedAt());
  }

  private static <T> @Nullable T or(@Nullable T said, @Nullable T inherited) {
    return said == null ? inherited : said;
  }
}
