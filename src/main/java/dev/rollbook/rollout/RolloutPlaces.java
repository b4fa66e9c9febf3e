package dev.rollbook.rollout;

import dev.rollbook.rollout.NewFile.Against;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.springframework.stereotype.Component;

/// Where rollouts lie: finds them, compares two of one thread, and takes out of the way what is one
/// too many.
@Component
public class RolloutPlaces {
  private final Disk disk;
  private final DataDir dataDir;
  private final RolloutSync sync;
  private final Rollouts rollouts;

  RolloutPlaces(DataDir dataDir, RolloutSync sync, Rollouts rollouts) {
    this.disk = rollouts.disk();
    this.dataDir = dataDir;
    this.sync = sync;
    this.rollouts = rollouts;
  }

  /// All that there are now.
  public RolloutNames names() throws IOException {
    try (var all = rollouts.all()) {
      return RolloutNames.of(all, dataDir);
    } catch (UncheckedIOException unreadable) {
      throw unreadable.getCause();
    }
  }

  public boolean isThere(RolloutRef ref) throws IOException {
    return disk.stat(ref.path()) != null;
  }

  /// Whether a file has all of another one, and more behind it.
  public boolean goesOnFrom(RolloutRef longer, RolloutRef shorter) throws IOException {
    return NewFile.compare(disk, longer.path(), shorter.path()) == Against.LONGER;
  }

  /// Whether a file lies where archiving a rollout, or bringing it back, would put it.
  public static boolean isInTheWayOf(RolloutRef other, String rolloutPath) {
    return other.name().equals(DataDir.archived(rolloutPath))
        || other.name().equals(DataDir.unarchived(rolloutPath));
  }

  /// Moves a file to where nobody looks for rollouts. Nothing is ever overwritten there.
  ///
  /// @return its path below the data-dir
  public String setAside(RolloutRef ref) throws IOException {
    var name = DataDir.setAside(ref.name());
    var to = dataDir.resolve(name);
    for (int n = 1; isTaken(to); n++) {
      name = DataDir.setAside(ref.name()) + "." + n;
      to = dataDir.resolve(name);
    }
    disk.move(ref.path(), to);
    sync.renamed(ref.path());
    sync.renamed(to);
    return name;
  }

  private boolean isTaken(Path path) throws IOException {
    return disk.stat(path) != null || disk.stat(DataDir.compressed(path)) != null;
  }
}
