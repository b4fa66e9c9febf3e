package dev.rollbook.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.StartupException;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFiles;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.LocalDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A copy makes a data-dir and a database equal, in either direction, as often as it is run.
class DiskCopyTest {
  private static final Instant TIME = Instant.parse("2026-11-22T12:45:58.677Z");

  @TempDir Path directory;
  @TempDir Path back;
  private final Disk local = new LocalDisk();
  private final Disk database = TestDatabase.sharedDisk();
  private final DiskFiles files = new DiskFiles(local);
  private final DiskFiles rows = new DiskFiles(database);

  @BeforeEach
  void fill() throws IOException {
    files.writeString(path("sessions/2026/11/22/a.jsonl"), "one\ntwo\n");
    files.writeString(path("archived_sessions/b.jsonl"), "b\n");
    files.writeString(path("deleted.jsonl"), "{}\n");
    files.writeString(path("search/segment"), "of this machine");
    files.writeString(path("skipped/a.jsonl"), "of this machine");
    files.writeString(path("rollbook.lock"), "of this machine");
    var large = new byte[3_000_000];
    new Random(1).nextBytes(large);
    try (var file = local.create(path("audit/large"))) {
      file.appendAll(ByteBuffer.wrap(large));
    }
    local.setModified(path("archived_sessions/b.jsonl"), TIME);
  }

  @Test
  void filesTravelThereAndBackUnchanged() throws IOException {
    assertThat(copy(local, directory, database, directory))
        .isEqualTo(new DiskCopy.Progress(4, 4, 0, 0, 3_000_013));
    assertThat(rows.exists(path("search/segment"))).isFalse();
    assertThat(rows.exists(path("skipped/a.jsonl"))).isFalse();

    copy(database, directory, local, back);

    for (var name : new String[] {"sessions/2026/11/22/a.jsonl", "deleted.jsonl", "audit/large"}) {
      assertThat(files.readAllBytes(back.resolve(name))).isEqualTo(files.readAllBytes(path(name)));
    }
    assertThat(local.stat(back.resolve("archived_sessions/b.jsonl")).modified()).isEqualTo(TIME);
  }

  @Test
  void aSecondRunCopiesOnlyWhatChanged() throws IOException {
    copy(local, directory, database, directory);
    assertThat(copy(local, directory, database, directory))
        .isEqualTo(new DiskCopy.Progress(4, 0, 0, 0, 0));

    files.append(path("sessions/2026/11/22/a.jsonl"), "three\n");
    files.writeString(path("archived_sessions/b.jsonl"), "rewritten, and longer\n");
    local.move(path("deleted.jsonl"), path("session_index.jsonl"));
    var second = copy(local, directory, database, directory);

    assertThat(second).isEqualTo(new DiskCopy.Progress(4, 3, 1, 0, 6 + 20 + 22 + 3));
    assertThat(rows.readString(path("sessions/2026/11/22/a.jsonl"))).isEqualTo("one\ntwo\nthree\n");
    assertThat(rows.readString(path("archived_sessions/b.jsonl")))
        .isEqualTo("rewritten, and longer\n");
    assertThat(rows.exists(path("deleted.jsonl"))).isFalse();
  }

  /// Each call of the target fails once.
  @Test
  void aCopyGoesOnWhereItWasInterrupted() throws IOException {
    var faulty = new FaultyDisk(database);
    int failures = 0;
    while (true) {
      faulty.heal();
      faulty.failCall(++failures, FaultyDisk.inputOutputError());
      try {
        copy(local, directory, faulty, directory);
        break;
      } catch (IOException e) {
        assertThat(e).hasMessage("Input/output error");
      }
    }

    assertThat(failures).isGreaterThan(20);
    assertThat(rows.readAllBytes(path("audit/large")))
        .isEqualTo(files.readAllBytes(path("audit/large")));
    assertThat(rows.readString(path("sessions/2026/11/22/a.jsonl"))).isEqualTo("one\ntwo\n");
  }

  @Test
  void aFileThatGrowsDuringTheCopyIsCopiedUpToWhereItWas() throws IOException {
    var path = path("sessions/2026/11/22/a.jsonl");
    var growing = new AtomicInteger();
    var copy =
        new DiskCopy(
            local,
            directory,
            database,
            directory,
            progress -> {
              if (growing.getAndIncrement() == 0) {
                IoRecovery.wrapped(() -> grow(path));
              }
            });
    copy.run();

    assertThat(files.readString(path)).startsWith(rows.readString(path));
    copy(local, directory, database, directory);
    assertThat(rows.readString(path)).isEqualTo(files.readString(path));
  }

  private boolean grow(Path path) throws IOException {
    files.append(path, "more\n");
    return true;
  }

  @Test
  void aTargetWithOtherRolloutsIsNotTouched() throws IOException {
    rows.writeString(path("sessions/other.jsonl"), "other\n");

    assertThatThrownBy(() -> new CopyMarker(database, directory).claim("/from"))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("no copy");

    assertThat(rows.readString(path("sessions/other.jsonl"))).isEqualTo("other\n");
  }

  @Test
  void aCopyIsRepeatedFromTheSameSourceUntilAServiceUsesIt() throws IOException {
    var marker = new CopyMarker(database, directory);
    marker.claim("/from");
    copy(local, directory, database, directory);

    marker.claim("/from");
    assertThatThrownBy(() -> marker.claim("/other"))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("/from");
    marker.remove();
    assertThatThrownBy(() -> marker.claim("/from")).isInstanceOf(StartupException.class);
  }

  private Path path(String name) {
    return directory.resolve(name);
  }

  private static DiskCopy.Progress copy(Disk source, Path from, Disk target, Path to)
      throws IOException {
    return new DiskCopy(source, from, target, to, progress -> {}).run();
  }
}
