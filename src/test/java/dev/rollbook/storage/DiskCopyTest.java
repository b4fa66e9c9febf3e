package dev.rollbook.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.StartupException;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFiles;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.LocalDisk;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    assertThat(copy()).isEqualTo(new DiskCopy.Progress(4, 4, 0, 0, 3_000_013));
    assertThat(rows.exists(path("search/segment"))).isFalse();
    assertThat(rows.exists(path("skipped/a.jsonl"))).isFalse();

    copy(target(), "db", new DataDirFiles(local, back));

    for (var name : new String[] {"sessions/2026/11/22/a.jsonl", "deleted.jsonl", "audit/large"}) {
      assertThat(files.readAllBytes(back.resolve(name))).isEqualTo(files.readAllBytes(path(name)));
    }
    assertThat(local.stat(back.resolve("archived_sessions/b.jsonl")).modified()).isEqualTo(TIME);
  }

  @Test
  void aSecondRunCopiesOnlyWhatChanged() throws IOException {
    copy();
    assertThat(copy()).isEqualTo(new DiskCopy.Progress(4, 0, 0, 0, 0));

    files.append(path("sessions/2026/11/22/a.jsonl"), "three\n");
    files.writeString(path("archived_sessions/b.jsonl"), "rewritten, and longer\n");
    local.move(path("deleted.jsonl"), path("session_index.jsonl"));
    var second = copy();

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
        copy(source(), "/from", new DataDirFiles(faulty, directory));
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
    try (var marker = CopyMarker.open(target(), "/from")) {
      new DiskCopy(
              source(),
              target(),
              marker,
              () -> {},
              progress -> {
                if (growing.getAndIncrement() == 0) {
                  IoRecovery.wrapped(() -> grow(path));
                }
              })
          .run();
    }

    assertThat(files.readString(path)).startsWith(rows.readString(path));
    copy();
    assertThat(rows.readString(path)).isEqualTo(files.readString(path));
  }

  private boolean grow(Path path) throws IOException {
    files.append(path, "more\n");
    return true;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sessions/other.jsonl",
        "set_aside/other.jsonl",
        "deleted.jsonl",
        "session_index.jsonl",
        "audit/audit-2026-11-22.jsonl",
        "retention/receipts",
        "imports/1.json"
      })
  void aTargetWithOtherFilesIsNotTouched(String other) throws IOException {
    rows.writeString(path(other), "other\n");

    assertThatThrownBy(this::copy)
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("no copy")
        .hasMessageContaining(other);

    assertThat(rows.readString(path(other))).isEqualTo("other\n");
    assertThat(rows.exists(path("archived_sessions/b.jsonl"))).isFalse();
    assertThat(rows.exists(path("copied_from"))).isFalse();
  }

  @Test
  void aCopyIsRepeatedFromTheSameSourceUntilAServiceUsesIt() throws IOException {
    copy();
    copy();

    assertThatThrownBy(() -> copy(source(), "/other", target()))
        .isInstanceOf(StartupException.class)
        .hasMessageContainingAll("/from", "/other");
    CopyMarker.remove(database, directory);
    assertThatThrownBy(this::copy).isInstanceOf(StartupException.class);
  }

  @Test
  void anEmptySourceDoesNotEmptyTheTarget() throws IOException {
    copy();
    var unmounted = new DataDirFiles(local, back);

    assertThatThrownBy(() -> copy(unmounted, "/from", target()))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("has none of the files");

    assertThat(rows.readString(path("archived_sessions/b.jsonl"))).isEqualTo("b\n");
    assertThat(rows.exists(path("audit/large"))).isTrue();
  }

  /// Two machines may have their data-dirs at the same path.
  @Test
  void anotherDataDirAtTheSamePathIsRefused() throws IOException {
    copy();
    files.writeString(back.resolve("sessions/of-another-thread.jsonl"), "other\n");
    files.writeString(back.resolve("deleted.jsonl"), "{}\n");

    assertThatThrownBy(() -> copy(new DataDirFiles(local, back), "/from", target()))
        .isInstanceOf(StartupException.class);

    assertThat(rows.exists(path("sessions/of-another-thread.jsonl"))).isFalse();
    assertThat(rows.readString(path("archived_sessions/b.jsonl"))).isEqualTo("b\n");
  }

  @Test
  void aDataDirIsKnownByItsThreadsAlsoIfAllWereArchivedAndCompressed() throws IOException {
    var name = "rollout-2026-11-22T12-45-58-01a20400-0000-7000-8000-000000000001.jsonl";
    local.delete(path("sessions/2026/11/22/a.jsonl"));
    local.delete(path("archived_sessions/b.jsonl"));
    files.writeString(path("sessions/2026/11/22/" + name), "thread\n");
    copy();
    local.delete(path("sessions/2026/11/22/" + name));
    files.writeString(path("archived_sessions/" + name + ".zst"), "compressed");

    assertThat(copy()).isEqualTo(new DiskCopy.Progress(3, 1, 1, 0, 10));
  }

  @Test
  void aFileThatWasChangedInTheTargetIsNeitherReplacedNorDeleted() throws IOException {
    copy();
    rows.append(path("archived_sessions/b.jsonl"), "by another program\n");
    files.append(path("archived_sessions/b.jsonl"), "by the service\n");

    assertThatThrownBy(this::copy)
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("archived_sessions/b.jsonl");
    local.delete(path("archived_sessions/b.jsonl"));
    assertThatThrownBy(this::copy).isInstanceOf(StartupException.class);

    assertThat(rows.readString(path("archived_sessions/b.jsonl")))
        .isEqualTo("b\nby another program\n");
  }

  @Test
  void aMarkerThatACrashLeftIncompleteCountsAsMissing() throws IOException {
    rows.writeString(path("copied_from"), "/fr");
    copy();
    assertThat(copy()).isEqualTo(new DiskCopy.Progress(4, 0, 0, 0, 0));

    rows.append(path("copied_from"), "copied 1 2 sess");
    files.append(path("archived_sessions/b.jsonl"), "more\n");
    copy();
    assertThat(copy()).isEqualTo(new DiskCopy.Progress(4, 0, 0, 0, 0));
    assertThat(rows.readString(path("copied_from"))).doesNotContain("copied 1 2 sess");

    rows.writeString(path("copied_from"), "");
    assertThatThrownBy(this::copy).isInstanceOf(StartupException.class);
  }

  @Test
  void aFileNameWithLineBreaksIsCopied() throws IOException {
    files.writeString(path("sessions/a\ndeleted archived_sessions/b.jsonl"), "named\n");
    copy();
    files.append(path("archived_sessions/b.jsonl"), "more\n");

    assertThat(copy()).isEqualTo(new DiskCopy.Progress(5, 1, 0, 0, 5));
  }

  /// A process that was paused, and that another one has removed.
  @Test
  void aCopyThatWasRemovedRemovesNothing() throws IOException {
    try (var server = TestDatabase.open();
        var paused = server.process("paused")) {
      var target = new DataDirFiles(paused.disk(), directory);
      copy(source(), "/from", target, paused.member::requireMember);
      paused.member.endBeats();
      try (var service = server.process("service")) {
        var seen = new DiskFiles(service.disk());
        files.writeString(path("archived_sessions/b.jsonl"), "");
        assertThatThrownBy(() -> copy(source(), "/from", target, paused.member::requireMember))
            .hasMessageContaining("another Rollbook");
        // It is removed just after it has asked.
        assertThatThrownBy(() -> copy(source(), "/from", target, () -> {}))
            .hasMessageContaining("another Rollbook");
        // It is removed before an obsolete file is deleted.
        local.delete(path("archived_sessions/b.jsonl"));
        assertThatThrownBy(() -> copy(source(), "/from", target, () -> {}))
            .hasMessageContaining("another Rollbook");
        assertThatThrownBy(() -> paused.disk().delete(path("archived_sessions/b.jsonl")))
            .hasMessageContaining("another Rollbook");

        assertThat(seen.readString(path("archived_sessions/b.jsonl"))).isEqualTo("b\n");
      }
    }
  }

  /// Of a live database, also the bytes of a deleted file are removed.
  @Test
  void aFileOfTheSourceThatIsPurgedWhileItIsReadDoesNotEndTheCopy() throws IOException {
    copy();
    var purging = new FaultyDisk(database);
    var large = path("audit/large");
    purging.fail(
        call -> call.is(FaultyDisk.Operation.READ, large) && rowsDeleted(large),
        () -> new EOFException("file ended early"));

    var result = copy(new DataDirFiles(purging, directory), "db", new DataDirFiles(local, back));

    assertThat(result.changing()).isEqualTo(1);
    assertThat(files.exists(back.resolve("audit/large"))).isFalse();
    assertThat(files.readString(back.resolve("archived_sessions/b.jsonl"))).isEqualTo("b\n");
  }

  private boolean rowsDeleted(Path path) {
    return IoRecovery.wrapped(() -> database.delete(path));
  }

  /// The source is then damaged.
  @Test
  void aFileOfTheSourceThatEndsEarlyThoughItIsThereFailsTheCopy() {
    var damaged = new FaultyDisk(local);
    damaged.fail(
        call -> call.is(FaultyDisk.Operation.READ, path("audit/large")),
        () -> new EOFException("file ended early"));

    assertThatThrownBy(() -> copy(new DataDirFiles(damaged, directory), "/from", target()))
        .isInstanceOf(EOFException.class);
  }

  private Path path(String name) {
    return directory.resolve(name);
  }

  private DataDirFiles source() {
    return new DataDirFiles(local, directory);
  }

  private DataDirFiles target() {
    return new DataDirFiles(database, directory);
  }

  private DiskCopy.Progress copy() throws IOException {
    return copy(source(), "/from", target());
  }

  private static DiskCopy.Progress copy(DataDirFiles source, String name, DataDirFiles target)
      throws IOException {
    return copy(source, name, target, () -> {});
  }

  private static DiskCopy.Progress copy(
      DataDirFiles source, String name, DataDirFiles target, IoRecovery.Action fence)
      throws IOException {
    try (var marker = CopyMarker.open(target, name)) {
      return new DiskCopy(source, target, marker, fence, progress -> {}).run();
    }
  }
}
