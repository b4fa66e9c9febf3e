package dev.rollbook.rollout.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.rollout.datadir.DataDir;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Nothing but regular files of the data-dir is opened: no call waits for ever, and none goes to
/// where a symbolic link leads.
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LocalDiskTest {
  @TempDir Path directory;
  private Path dataDir;
  private Path outside;
  private LocalDisk disk;

  @BeforeEach
  void make() throws IOException {
    outside = Files.createDirectory(directory.resolve("outside"));
    var real = Files.createDirectory(directory.resolve("real"));
    // The data-dir itself may be a link.
    dataDir = Files.createSymbolicLink(directory.resolve("data"), real);
    disk = new LocalDisk(new DataDir(dataDir).dataDir());
  }

  @Test
  void aFifoIsNotAFile() throws Exception {
    var fifo = fifo(dataDir.resolve("fifo"));

    assertThat(disk.stat(fifo)).isNull();
    assertThatThrownBy(() -> disk.openForRead(fifo)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk.openForAppend(fifo)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk.setModified(fifo, Instant.EPOCH))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk.create(fifo)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> disk.list(fifo)).isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> disk.forceDirectory(fifo)).isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> LocalDisk.openToLock(fifo)).isInstanceOf(IOException.class);
    assertThat(disk.walk(fifo)).isEmpty();
    assertThat(disk.delete(fifo)).isTrue();
  }

  @Test
  void aSymlinkIsNotAFile() throws IOException {
    var secret = Files.writeString(outside.resolve("secret"), "secret");
    var inside = Files.writeString(dataDir.resolve("inside"), "inside");

    for (var target : new Path[] {secret, inside}) {
      var link = Files.createSymbolicLink(dataDir.resolve("to-" + target.getFileName()), target);
      assertThat(disk.stat(link)).isNull();
      assertThatThrownBy(() -> disk.openForRead(link)).isInstanceOf(NoSuchFileException.class);
      assertThatThrownBy(() -> disk.openForAppend(link)).isInstanceOf(NoSuchFileException.class);
      assertThatThrownBy(() -> LocalDisk.openToLock(link)).isInstanceOf(IOException.class);
    }
    assertThat(outside.resolve("secret")).hasContent("secret");
  }

  @Test
  void aDirectorySymlinkOutOfTheDataDirIsNotFollowed() throws IOException {
    Files.writeString(outside.resolve("secret"), "secret");
    var own = Files.writeString(dataDir.resolve("own"), "own");
    var sessions = Files.createSymbolicLink(dataDir.resolve("sessions"), outside);
    var secret = sessions.resolve("secret");

    assertThatThrownBy(() -> disk.openForRead(secret))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("leads out of the data-dir");
    assertThatThrownBy(() -> disk.openForAppend(secret)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk.create(sessions.resolve("new"))).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> disk.create(sessions.resolve("2026/11/new")))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> disk.move(own, sessions.resolve("moved")))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> disk.move(secret, dataDir.resolve("moved")))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> disk.list(sessions)).isInstanceOf(NoSuchFileException.class);
    assertThat(disk.walk(sessions)).isEmpty();
    assertThat(disk.delete(secret)).isFalse();
    assertThat(outside.toFile().list()).containsExactly("secret");
  }

  @Test
  void aDirectorySymlinkWithinTheDataDirIsFollowed() throws IOException {
    var volume = Files.createDirectory(dataDir.resolve("volume"));
    Files.createSymbolicLink(dataDir.resolve("sessions"), volume);

    disk.create(dataDir.resolve("sessions/2026/new")).close();

    assertThat(volume.resolve("2026/new")).exists();
    disk.openForRead(dataDir.resolve("sessions/2026/new")).close();
  }

  static Path fifo(Path path) throws IOException, InterruptedException {
    var made = new ProcessBuilder("mkfifo", path.toString()).inheritIO().start();
    assertThat(made.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(made.exitValue()).isZero();
    return path;
  }
}
