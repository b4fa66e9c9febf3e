package dev.rollbook.source;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.SessionIndex;
import dev.rollbook.rollout.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// What people call their threads, in the `session_index.jsonl` of a `CODEX_HOME`.
@Component
public class NameIndex {
  private static final String FILE = "session_index.jsonl";

  private final Disk disk;

  NameIndex(Disk disk) {
    this.disk = disk;
  }

  /// The index of a directory, if it has one.
  public Optional<Path> in(Path directory) throws IOException {
    var file = directory.resolve(FILE);
    return disk.stat(file) == null ? Optional.empty() : Optional.of(file);
  }

  public Map<ThreadId, SessionIndex.Named> read(Path index) throws IOException {
    return SessionIndex.read(disk, index);
  }
}
