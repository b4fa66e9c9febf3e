package dev.rollbook.rollout;

import static dev.rollbook.rollout.TestRollouts.lines;
import static dev.rollbook.rollout.disk.FaultyDisk.inputOutputError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.rollout.disk.FaultyDisk.Call;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import dev.rollbook.rollout.line.EncodedLines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RolloutSyncTest {
  @TempDir Path directory;

  @Test
  void everyAppendAndAllNewDirectoriesAreFsyncedBeforeItReturns() throws IOException {
    var store = TestRollouts.in(directory, SyncPolicy.EVERY_APPEND);
    var ref = store.newRef();

    store.create(ref).append(lines(1, "a"));

    assertThat(store.disk.calls()).last().isEqualTo(new Call(Operation.FORCE, ref.path()));
    assertThat(forcedDirectories(store))
        .contains(
            directory.resolve("sessions/2026/11/22"),
            directory.resolve("sessions/2026/11"),
            directory.resolve("sessions/2026"),
            directory.resolve("sessions"),
            directory);
  }

  @Test
  void laterAppendsFsyncOnlyTheFile() throws IOException {
    var store = TestRollouts.in(directory, SyncPolicy.EVERY_APPEND);
    var ref = store.newRef();
    var writer = store.create(ref);
    writer.append(lines(1, "a"));
    store.disk.heal();

    writer.append(lines(2, "b"));

    assertThat(forced(store)).containsExactly(new Call(Operation.FORCE, ref.path()));
  }

  @Test
  void aSecondFileOfADayFsyncsOnlyItsDirectory() throws IOException {
    var store = TestRollouts.in(directory, SyncPolicy.EVERY_APPEND);
    store.create(store.newRef()).append(EncodedLines.NONE);
    store.disk.heal();

    store.create(store.newRef()).append(EncodedLines.NONE);

    assertThat(forcedDirectories(store)).containsExactly(directory.resolve("sessions/2026/11/22"));
  }

  @Test
  void anAppendWhoseFsyncFailsIsNotInTheFile() throws IOException {
    var store = TestRollouts.in(directory, SyncPolicy.EVERY_APPEND);
    var ref = store.newRef();
    var writer = store.create(ref);
    writer.append(lines(1, "a"));
    store.disk.fail(call -> call.operation() == Operation.FORCE, inputOutputError());

    assertThatThrownBy(() -> writer.append(lines(2, "b"))).hasMessage("Input/output error");

    assertThat(store.stored(ref)).containsExactly("a");
  }

  @Test
  void aNewFileWhoseDirectoryFsyncFailsIsNotCreated() {
    var store = TestRollouts.in(directory, SyncPolicy.EVERY_APPEND);
    var ref = store.newRef();
    store.disk.fail(call -> call.operation() == Operation.FORCE_DIRECTORY, inputOutputError());

    assertThatThrownBy(() -> store.create(ref).append(lines(1, "a")))
        .hasMessage("Input/output error");

    assertThat(ref.path()).doesNotExist();
  }

  @Test
  void withAnIntervalOnlyThePassCallsFsync() throws IOException {
    var store = TestRollouts.in(directory, SyncPolicy.INTERVAL);
    var ref = store.newRef();
    var writer = store.create(ref);
    writer.append(lines(1, "a"));
    writer.append(lines(2, "b"));
    assertThat(forced(store)).isEmpty();

    store.sync.pass();

    assertThat(forced(store)).containsOnlyOnce(new Call(Operation.FORCE, ref.path()));
    assertThat(forcedDirectories(store)).contains(ref.path().getParent(), directory);
  }

  @Test
  void aPassFsyncsOnlyFilesWrittenSinceTheLastOne() throws IOException {
    var store = TestRollouts.in(directory, SyncPolicy.INTERVAL);
    var idle = store.create(store.newRef());
    var busy = store.newRef();
    var writer = store.create(busy);
    idle.append(EncodedLines.NONE);
    writer.append(EncodedLines.NONE);
    store.sync.pass();
    store.disk.heal();

    writer.append(lines(1, "a"));
    store.sync.pass();
    store.sync.pass();

    assertThat(forced(store)).containsExactly(new Call(Operation.FORCE, busy.path()));
  }

  @Test
  void aFailedFsyncIsRetriedByTheNextPass() throws IOException {
    var store = TestRollouts.in(directory, SyncPolicy.INTERVAL);
    var ref = store.newRef();
    store.create(ref).append(lines(1, "a"));
    store.disk.fail(call -> call.operation().name().startsWith("FORCE"), inputOutputError());
    store.sync.pass();
    store.disk.heal();

    store.sync.pass();

    assertThat(forced(store)).contains(new Call(Operation.FORCE, ref.path()));
    assertThat(forcedDirectories(store)).contains(ref.path().getParent());
    store.disk.heal();
    store.sync.pass();
    assertThat(forced(store)).isEmpty();
  }

  @Test
  void aFailedFsyncDoesNotStopThoseOfOtherFiles() throws IOException {
    var store = TestRollouts.in(directory, SyncPolicy.INTERVAL);
    var refs = List.of(store.newRef(), store.newRef(), store.newRef());
    for (var ref : refs) {
      store.create(ref).append(lines(1, "a"));
    }
    store.disk.fail(call -> call.is(Operation.FORCE, refs.get(1).path()), inputOutputError());

    store.sync.pass();

    assertThat(forced(store))
        .contains(
            new Call(Operation.FORCE, refs.get(0).path()),
            new Call(Operation.FORCE, refs.get(2).path()));
  }

  @Test
  void anEvictedFileIsFsyncedByThePass() throws IOException {
    var store = new TestRollouts(directory, SyncPolicy.INTERVAL, 1);
    var refs = List.of(store.newRef(), store.newRef());
    for (var ref : refs) {
      store.create(ref).append(lines(1, "a"));
    }

    store.sync.pass();

    assertThat(forced(store))
        .contains(
            new Call(Operation.FORCE, refs.get(0).path()),
            new Call(Operation.FORCE, refs.get(1).path()));
  }

  @Test
  void aDeletedRolloutIsNotFsynced() throws IOException {
    var store = TestRollouts.in(directory, SyncPolicy.INTERVAL);
    var ref = store.newRef();
    var writer = store.create(ref);
    writer.append(lines(1, "a"));
    writer.discard();
    store.rollouts().delete(ref);

    store.sync.pass();
    store.disk.heal();
    store.sync.pass();

    assertThat(store.disk.calls()).isEmpty();
  }

  @Test
  void closingFsyncsRemainingWrites() throws IOException {
    var store = TestRollouts.in(directory, SyncPolicy.INTERVAL);
    var ref = store.newRef();
    var writer = store.create(ref);
    writer.append(lines(1, "a"));

    writer.close();

    assertThat(forced(store)).containsExactly(new Call(Operation.FORCE, ref.path()));
  }

  @Test
  void neverMeansNoFsyncByAppendsOrPasses() throws IOException {
    var store = TestRollouts.in(directory, SyncPolicy.NEVER);
    store.create(store.newRef()).append(lines(1, "a"));

    store.sync.pass();

    assertThat(forced(store)).isEmpty();
  }

  private static List<Call> forced(TestRollouts store) {
    return store.disk.calls().stream().filter(call -> call.operation() == Operation.FORCE).toList();
  }

  private static List<Path> forcedDirectories(TestRollouts store) {
    return store.disk.calls().stream()
        .filter(call -> call.operation() == Operation.FORCE_DIRECTORY)
        .map(Call::path)
        .toList();
  }
}
