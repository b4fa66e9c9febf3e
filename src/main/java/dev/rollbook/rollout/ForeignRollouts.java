package dev.rollbook.rollout;

import dev.rollbook.model.ThreadId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.springframework.stereotype.Component;

/// How rollouts that others wrote come into the data-dir: as they are, under their own names.
@Component
public class ForeignRollouts {
  private final Disk disk;
  private final DataDir dataDir;
  private final Rollouts rollouts;

  ForeignRollouts(Rollouts rollouts, DataDir dataDir) {
    this.rollouts = rollouts;
    this.disk = rollouts.disk();
    this.dataDir = dataDir;
  }

  /// Where a file of that name goes.
  public RolloutRef ref(ThreadId thread, String fileName, boolean archived) {
    var name = archived ? DataDir.archived(fileName) : DataDir.unarchived(fileName);
    return new RolloutRef(thread, name, dataDir.resolve(name));
  }

  /// Whether a file is one of the data-dir's own rollouts.
  ///
  /// @param real path, symbolic links followed
  public boolean isOwn(Path real) throws IOException {
    for (var directory : List.of(dataDir.sessions(), dataDir.archivedSessions())) {
      if (real.startsWith(disk.realPathIfThere(directory))) {
        return true;
      }
    }
    return false;
  }

  /// Begins a rollout that has nothing yet, of something that stays where it is until
  /// [Rollouts#force] was called. To be closed.
  public RolloutCopy begin(RolloutRef ref) throws IOException {
    return new RolloutCopy(rollouts, ref, dataDir.unfinishedCopy(), true);
  }

  /// What could not be read of a rollout, in addition to what is there already. To be closed.
  public Quarantine quarantine(RolloutRef ref) {
    return new Quarantine(disk, Quarantine.beside(ref.path()));
  }

  /// The same, from the beginning.
  public Quarantine newQuarantine(RolloutRef ref) throws IOException {
    disk.delete(Quarantine.beside(ref.path()));
    return quarantine(ref);
  }
}
