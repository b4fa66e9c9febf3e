package dev.rollbook.imports;

import dev.rollbook.model.ImportId;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Counts the runs of an import that ended with the process: a file in `imports/` of the data-dir
/// has a byte for each run that has begun, and is removed when one ends.
///
/// The state-db is half a second late, and a process that dies of a file may be faster. What was
/// written to a file outlives its process without being forced.
@Component
class UnendedRuns {
  private static final Logger log = LoggerFactory.getLogger(UnendedRuns.class);

  private final Disk disk;
  private final Path directory;

  UnendedRuns(Disk disk, DataDir dataDir) {
    this.disk = disk;
    this.directory = dataDir.dataDir().resolve("imports");
  }

  /// Runs in a row that ended with the process.
  int of(ImportId id) {
    try {
      var state = disk.stat(path(id));
      return state == null ? 0 : (int) Math.min(state.size(), Integer.MAX_VALUE);
    } catch (IOException e) {
      log.debug("unended runs of import {} cannot be counted", id, e);
      return 0;
    }
  }

  /// A run begins. One that cannot be counted is run all the same.
  void begin(ImportId id) {
    var path = path(id);
    try (var file = disk.stat(path) == null ? disk.create(path) : disk.openForAppend(path)) {
      file.appendAll(ByteBuffer.wrap(new byte[] {'.'}));
    } catch (IOException e) {
      log.debug("a run of import {} cannot be counted", id, e);
    }
  }

  /// A run ended, with or without the service, in order.
  void end(ImportId id) {
    try {
      disk.delete(path(id));
    } catch (IOException e) {
      log.warn(
          "the mark of a running import, {}, cannot be removed: {}; remove it, or the import may be"
              + " taken for one that the process died of",
          path(id),
          StorageFaults.shortCause(e));
    }
  }

  private Path path(ImportId id) {
    return directory.resolve(id + ".running");
  }
}
