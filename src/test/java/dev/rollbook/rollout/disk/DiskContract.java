package dev.rollbook.rollout.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What every [Disk] does with the files of a data-dir.
///
/// Directories are no part of it, except as prefixes of paths: a disk may create and remove them by
/// itself.
public abstract class DiskContract {
  /// Larger than the unit in which a disk stores bytes.
  private static final int LARGE = 3_000_000;

  /// The disk under test, and the absolute path of an empty data-dir on it.
  protected abstract Disk disk();

  protected abstract Path dataDir();

  @Test
  void aNewFileIsEmptyAndHasAKey() throws IOException {
    var path = path("sessions/2026/11/30/a.jsonl");

    disk().create(path).close();

    var state = disk().stat(path);
    assertThat(state).isNotNull();
    assertThat(state.size()).isZero();
    assertThat(state.key()).isEqualTo(disk().stat(path).key());
    assertThat(read(path)).isEmpty();
  }

  @Test
  void aFileIsCreatedOnce() throws IOException {
    var path = file("a", "one");

    assertThatThrownBy(() -> disk().create(path)).isInstanceOf(FileAlreadyExistsException.class);

    assertThat(read(path)).isEqualTo("one");
  }

  @Test
  void aMissingFileIsNotOpened() throws IOException {
    var path = path("missing/a");

    assertThat(disk().stat(path)).isNull();
    assertThatThrownBy(() -> disk().openForRead(path)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk().openForAppend(path)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk().openInPlace(path)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk().setModified(path, Instant.EPOCH))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk().move(path, path("b"))).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk().realPath(path)).isInstanceOf(NoSuchFileException.class);
    assertThat(disk().realPathIfThere(path)).isEqualTo(path);
    assertThat(disk().delete(path)).isFalse();
  }

  @Test
  void appendsAreStoredInOrderAcrossHandles() throws IOException {
    var path = file("a", "one,");

    try (var file = disk().openForAppend(path)) {
      file.appendText("two,");
      assertThat(file.size()).isEqualTo(8);
      assertThat(disk().stat(path).size()).isEqualTo(8);
      file.appendText("three");
    }

    assertThat(read(path)).isEqualTo("one,two,three");
    assertThat(disk().stat(path).size()).isEqualTo(13);
  }

  @Test
  void twoHandlesAppendAtThePresentEnd() throws IOException {
    var path = file("a", "");

    try (var one = disk().openForAppend(path);
        var other = disk().openForAppend(path)) {
      one.appendText("1");
      other.appendText("2");
      one.appendText("3");
      other.truncate(2);
      one.appendText("4");
      assertThat(one.size()).isEqualTo(3);
    }

    assertThat(read(path)).isEqualTo("124");
  }

  @Test
  void appendsOfConcurrentHandlesAreWhole() throws Exception {
    var path = file("a", "");

    try (var writers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int n = 0; n < 8; n++) {
        writers.submit(() -> {
          for (int i = 0; i < 25; i++) {
            try (var file = disk().openForAppend(path)) {
              file.appendText("line\n");
            }
          }
          return true;
        });
      }
    }

    assertThat(read(path)).isEqualTo("line\n".repeat(200));
  }

  @Test
  void anAppendAdvancesTheBufferByWhatWasWritten() throws IOException {
    var bytes = ByteBuffer.wrap(text("xabcx")).position(1).limit(4);

    try (var file = disk().create(path("a"))) {
      assertThat(file.append(bytes)).isEqualTo(3);
      assertThat(bytes.hasRemaining()).isFalse();
      file.appendAll(ByteBuffer.allocate(0));
    }

    assertThat(read(path("a"))).isEqualTo("abc");
  }

  @Test
  void largeWritesAreReadAnywhere() throws IOException {
    var bytes = new byte[LARGE];
    IntStream.range(0, LARGE).forEach(n -> bytes[n] = (byte) (n * 31 + n / 251));
    var path = path("a");
    try (var file = disk().create(path)) {
      file.appendAll(ByteBuffer.wrap(bytes, 0, 10));
      file.appendAll(ByteBuffer.wrap(bytes, 10, LARGE - 10));
    }

    try (var file = disk().openForRead(path)) {
      assertThat(file.size()).isEqualTo(LARGE);
      assertThat(file.readFully(0, LARGE)).isEqualTo(bytes);
      for (int at : new int[] {0, 9, 10, 11, 1 << 20, (1 << 20) + 10, LARGE - 1}) {
        int length = Math.min(100, LARGE - at);
        assertThat(file.readFully(at, length))
            .as("at %d", at)
            .isEqualTo(Arrays.copyOfRange(bytes, at, at + length));
      }
    }
  }

  @Test
  void aReadAtTheEndReturnsMinusOneUntilTheFileGrows() throws IOException {
    var path = file("a", "abc");

    try (var reader = disk().openForRead(path);
        var writer = disk().openForAppend(path)) {
      assertThat(reader.read(ByteBuffer.allocate(10), 3)).isEqualTo(-1);
      assertThat(reader.read(ByteBuffer.allocate(10), 100)).isEqualTo(-1);

      writer.appendText("d");

      assertThat(reader.size()).isEqualTo(4);
      assertThat(reader.readFully(2, 2)).isEqualTo(text("cd"));
    }
  }

  @Test
  void aReaderKeepsItsFileAfterDeletionAndReplacement() throws IOException {
    var deleted = file("deleted", "of the deleted file");
    var replaced = file("replaced", "of the old file");
    var other = file("other", "of the new file");

    try (var one = disk().openForRead(deleted);
        var two = disk().openForRead(replaced);
        var three = disk().openForRead(other)) {
      disk().delete(deleted);
      disk().move(other, replaced);

      assertThat(one.readFully(7, 12)).isEqualTo(text("deleted file"));
      assertThat(two.readFully(7, 8)).isEqualTo(text("old file"));
      assertThat(three.readFully(7, 8)).isEqualTo(text("new file"));
    }
    assertThat(read(replaced)).isEqualTo("of the new file");
  }

  @Test
  void aTruncatedFileGoesOnAtItsNewEnd() throws IOException {
    var path = file("a", "one,", "two,", "three");

    for (var step : new String[] {"one,tw|", "one,|", "on|", "|"}) {
      var left = step.substring(0, step.length() - 1);
      try (var file = disk().openForAppend(path)) {
        file.truncate(left.length());
        assertThat(file.size()).isEqualTo(left.length());
        assertThat(disk().stat(path).size()).isEqualTo(left.length());
        assertThat(read(path)).isEqualTo(left);
        file.truncate(1000);
        file.appendText("+more");
      }
      assertThat(read(path)).isEqualTo(left + "+more");
    }
  }

  @Test
  void bytesAreReplacedInPlace() throws IOException {
    var path = file("a", "0123", "4567", "89");

    try (var file = disk().openInPlace(path)) {
      file.write(ByteBuffer.wrap(text("abcdef")), 3);
      file.write(ByteBuffer.wrap(text("Z")), 0);
      assertThat(file.size()).isEqualTo(10);
    }

    assertThat(read(path)).isEqualTo("Z12abcdef9");
  }

  @Test
  void aMoveKeepsTheKeyAndReplacesTheTarget() throws IOException {
    var from = file("sessions/from", "moved");
    var to = file("archived_sessions/to", "replaced");
    var key = disk().stat(from).key();

    disk().move(from, to);

    assertThat(disk().stat(from)).isNull();
    assertThat(disk().stat(to).key()).isEqualTo(key);
    assertThat(read(to)).isEqualTo("moved");
    disk().move(to, path("new/directory/from"));
    assertThat(read(path("new/directory/from"))).isEqualTo("moved");
  }

  @Test
  void anOpenFileIsWrittenAtItsNewPathAfterAMove() throws IOException {
    var from = file("from", "1");
    var to = path("to");

    try (var file = disk().openForAppend(from)) {
      disk().move(from, to);
      file.appendText("2");
      assertThat(disk().stat(to).size()).isEqualTo(2);
      assertThat(disk().stat(from)).isNull();
    }

    assertThat(read(to)).isEqualTo("12");
  }

  @Test
  void aFileAtThePathOfADeletedOneIsAnother() throws IOException {
    var path = file("a", "old");
    var before = disk().stat(path);

    try (var kept = disk().openForRead(path)) {
      assertThat(disk().delete(path)).isTrue();
      assertThat(disk().stat(path)).isNull();
      file("a", "newer");

      // A file system may give the key again once nobody has the deleted file open.
      assertThat(disk().stat(path).key()).isNotEqualTo(before.key());
      assertThat(kept.readFully(0, 3)).isEqualTo(text("old"));
    }
    assertThat(read(path)).isEqualTo("newer");
  }

  @Test
  void theTimeOfTheLastModificationIsKeptUntilTheNextWrite() throws IOException {
    var path = file("a", "1");
    var time = Instant.parse("2026-11-22T12:45:58.677Z");

    disk().setModified(path, time);
    assertThat(disk().stat(path).modified()).isEqualTo(time);
    disk().move(path, path("b"));
    assertThat(disk().stat(path("b")).modified()).isEqualTo(time);
    try (var file = disk().openForAppend(path("b"))) {
      assertThat(disk().stat(path("b")).modified()).isEqualTo(time);
      file.appendText("2");
      assertThat(disk().stat(path("b")).modified()).isAfter(time);
      disk().setModified(path("b"), time);
      assertThat(disk().stat(path("b")).modified()).isEqualTo(time);
    }
    assertThat(disk().stat(path("b")).modified()).isEqualTo(time);
  }

  @Test
  void everythingForcedIsThere() throws IOException {
    var path = path("sessions/a");

    try (var file = disk().create(path)) {
      file.appendText("x");
      file.force();
    }
    disk().forceName(path);
    disk().forceDirectory(dataDir());

    assertThat(read(path)).isEqualTo("x");
  }

  @Test
  void directoriesAreListedByName() throws IOException {
    file("d/b", "");
    file("d/sub/x", "");
    file("d/sub/y", "");
    file("d/.hidden", "");
    file("d/a", "");
    file("dx", "");
    file("d-", "");

    assertThat(disk().list(path("d")))
        .containsExactly(path("d/.hidden"), path("d/a"), path("d/b"), path("d/sub"));
    assertThat(disk().stat(path("d/sub"))).isNull();
    assertThat(disk().listIfThere(path("none"))).isEmpty();
    assertThatThrownBy(() -> disk().list(path("none"))).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk().list(path("d/a"))).isInstanceOf(NotDirectoryException.class);
  }

  @Test
  void allFilesBelowADirectoryAreWalked() throws IOException {
    file("sessions/2026/a", "");
    file("sessions/2026/11/b", "");
    file("sessions/%_\\", "");
    file("sessions2/c", "");

    try (var files = disk().walk(path("sessions"))) {
      assertThat(files)
          .containsExactlyInAnyOrder(
              path("sessions/2026/a"), path("sessions/2026/11/b"), path("sessions/%_\\"));
    }
    try (var none = disk().walk(path("none"));
        var file = disk().walk(path("sessions/2026/a"))) {
      assertThat(none).isEmpty();
      assertThat(file).isEmpty();
    }
  }

  @Test
  void theRealPathOfAFileIsItsPath() throws IOException {
    var path = file("sessions/2026/a", "");

    assertThat(disk().realPath(path)).isEqualTo(path);
    assertThat(disk().realPath(path("sessions/2026"))).isEqualTo(path("sessions/2026"));
    assertThat(disk().realPath(path("sessions/./2026/../2026/a"))).isEqualTo(path);
  }

  private Path path(String name) {
    return dataDir().resolve(name);
  }

  private Path file(String name, String... appends) throws IOException {
    var path = path(name);
    try (var file = disk().create(path)) {
      for (var append : appends) {
        file.appendText(append);
      }
    }
    return path;
  }

  private String read(Path path) throws IOException {
    try (var in = FileInput.open(disk(), path, 0)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
