package dev.rollbook.rollout.datadir;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import dev.rollbook.rollout.disk.FaultyDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionIndexTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:45:58.677Z");

  @TempDir Path directory;
  private final FaultyDisk disk = new FaultyDisk();
  private SessionIndex index;

  @BeforeEach
  void put() {
    index = new SessionIndex(disk, new DataDir(directory));
  }

  @Test
  void namesThatAreSetAtTheSameTimeAreAllWritten() throws IOException {
    var names = new HashMap<ThreadId, Named>();
    for (int n = 0; n < 500; n++) {
      names.put(ThreadId.next(), new Named("thread " + n, NOW));
    }
    try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
      names.forEach(
          (thread, named) -> callers.execute(() -> index.named(thread, named.name(), named.at())));
    }

    assertThat(index.names()).isEqualTo(names);
    assertThat(disk.openFiles()).isZero();
  }

  /// As another replica does, on its first name.
  @Test
  void aNameIsWrittenIfAnotherProcessCreatesTheIndexAtTheSameMoment() throws IOException {
    var thread = ThreadId.next();
    disk.createElsewhere();

    index.named(thread, "written", NOW);

    assertThat(index.names()).containsOnlyKeys(thread);
  }

  @Test
  void aNameThatCannotBeWrittenFailsNoCaller() throws IOException {
    var lost = ThreadId.next();
    var written = ThreadId.next();
    disk.failWrites(path -> true, FaultyDisk.noSpaceLeft());
    index.named(lost, "lost", NOW);
    disk.heal();
    index.named(written, "written", NOW);

    assertThat(index.names()).containsOnlyKeys(written);
  }
}
