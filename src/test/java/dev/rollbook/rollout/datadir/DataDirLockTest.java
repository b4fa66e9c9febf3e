package dev.rollbook.rollout.datadir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.StartupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What another process meets is in the tests of the packaged service.
class DataDirLockTest {
  @TempDir Path directory;

  @Test
  void aDataDirIsLockedPerJvmUnderAnyPathAndReleasedAfterwards() throws Exception {
    var link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("data"));
    try (var lock = locked(directory.resolve("data"))) {
      assertThatThrownBy(() -> locked(link))
          .isInstanceOf(StartupException.class)
          .hasMessageContainingAll(link.toString(), "this very process");
      lock.listensOn("127.0.0.1:4711");
      assertThat(directory.resolve("data/rollbook.lock"))
          .content()
          .contains("pid " + ProcessHandle.current().pid(), "listening on 127.0.0.1:4711");
    }
    locked(link).close();
  }

  @Test
  void theLockOfAnEndedProcessIsFree() throws Exception {
    Files.writeString(directory.resolve("rollbook.lock"), "pid 1 on host gone, since ever\n");

    locked(directory).close();

    assertThat(directory.resolve("rollbook.lock")).content().doesNotContain("gone");
  }

  private static DataDirLock locked(Path dataDir) throws IOException {
    var lock = new DataDirLock();
    lock.lock(dataDir);
    return lock;
  }
}
