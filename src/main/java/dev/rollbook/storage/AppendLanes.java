package dev.rollbook.storage;

import dev.rollbook.lock.GroupCommit;
import dev.rollbook.lock.GroupCommit.Entry;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.statedb.files.ChunkRepository;
import dev.rollbook.statedb.files.FileDatabase;
import dev.rollbook.statedb.files.NewChunk;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Group commit of the appends to all files: one statement and one commit for all that wait.
///
/// A commit costs as much for a hundred appends as for one. Each lane writes one group at a time; a
/// file always uses the same lane.
final class AppendLanes {
  private final ChunkRepository chunks;
  private final List<GroupCommit<NewChunk, Boolean>> lanes;
  private final Timer commits;
  private final DistributionSummary groups;

  AppendLanes(ChunkRepository chunks, MeterRegistry registry) {
    this.chunks = chunks;
    this.lanes =
        Stream.generate(() -> new GroupCommit<>(this::write)).limit(FileDatabase.LANES).toList();
    this.commits =
        Timer.builder("rollout.commit")
            .description("Commits of groups of appends to the database")
            .register(registry);
    this.groups =
        DistributionSummary.builder("rollout.commit.group")
            .description("Appends in a group that is committed to the database")
            .baseUnit("appends")
            .register(registry);
  }

  /// Appends, durably. Of one file, only one append may run at a time.
  ///
  /// @return false if the file refused the bytes, because its claim or its size is another
  /// @throws IOException if the outcome is unknown
  boolean append(NewChunk chunk) throws IOException {
    var lane = lanes.get(Math.floorMod(chunk.file().hashCode(), lanes.size()));
    return IoRecovery.unwrapped(() -> lane.submit(chunk, chunk.length()));
  }

  private void write(Supplier<List<Entry<NewChunk, Boolean>>> waiting) {
    var group = waiting.get();
    var wanted = group.stream().map(Entry::request).toList();
    var stored = commits.record(() -> IoRecovery.wrapped(() -> chunks.append(wanted)));
    groups.record(group.size());
    group.forEach(entry -> entry.complete(() -> stored.contains(entry.request().file())));
  }
}
