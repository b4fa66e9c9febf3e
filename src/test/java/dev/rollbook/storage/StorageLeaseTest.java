package dev.rollbook.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.model.StartupException;
import dev.rollbook.rollout.RolloutAheadException;
import dev.rollbook.rollout.SyncPolicy;
import dev.rollbook.rollout.TestRollouts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// One process writes the files in the database, until it stops or dies.
class StorageLeaseTest {
  private final TestDatabase database = TestDatabase.open();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void aSecondProcessIsRefusedAndToldWhoHasIt() throws Exception {
    try (var first = database.process("pid 1 on host one")) {
      first.lease.listensOn("localhost:8080");
      await()
          .untilAsserted(() ->
              assertThatThrownBy(() -> database.process("second"))
                  .isInstanceOf(StartupException.class)
                  .hasMessageContaining("pid 1 on host one, listening on localhost:8080"));
      assertThat(first.lease.isLost()).isFalse();
    }
  }

  @Test
  void anOrderlyStopLetsTheNextOneStartAtOnce() throws Exception {
    database.process("first").close();
    assertThat(database.leases().find().orElseThrow().holder()).isNull();

    try (var second = database.process("second")) {
      assertThat(second.lease.epoch()).isEqualTo(2);
    }
  }

  @Test
  void aSilentHolderIsReplacedAndCannotWriteAnyMore() throws Exception {
    var lost = new AtomicInteger();
    var first = database.process("first", lost::incrementAndGet);
    var path = Path.of("/data/rollout");
    var mine = first.disk().create(path);
    mine.appendText("1");
    first.lease.endBeats();

    try (var second = database.process("second")) {
      var theirs = second.disk().openForAppend(path);
      theirs.appendText("2");

      assertThatThrownBy(() -> mine.appendText("stale")).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> first.disk().create(Path.of("/data/new")))
          .hasMessageContaining("another Rollbook");
      assertThatThrownBy(() -> first.disk().delete(path)).hasMessageContaining("another Rollbook");
      assertThat(second.disk().stat(path).size()).isEqualTo(2);
      theirs.appendText("3");
      assertThat(second.disk().stat(path).size()).isEqualTo(3);
      first.lease.beat();
      assertThat(first.lease.isLost()).isTrue();
      assertThat(lost).hasValue(1);
    }
    first.close();
  }

  /// A process that still starts announces afterwards that it is ready.
  @Test
  void theLostActionIsRepeatedAfterATakeover() {
    var lost = new AtomicInteger();
    try (var first = database.process("first", lost::incrementAndGet)) {
      database.execute("UPDATE storage_lease SET epoch = epoch + 1");

      await().until(() -> lost.get() > 2);
      assertThat(first.lease.isLost()).isTrue();
    }
  }

  @Test
  void aProcessThatKnowsThatItWasReplacedWritesNothing() throws Exception {
    var first = database.process("first");
    var path = Path.of("/data/rollout");
    var mine = first.disk().create(path);
    first.lease.endBeats();
    try (var second = database.process("second")) {
      mine.appendText("1");
      first.lease.beat();

      assertThatThrownBy(() -> mine.appendText("stale")).hasMessageContaining("another Rollbook");
      assertThatThrownBy(() -> mine.truncate(0)).hasMessageContaining("another Rollbook");
      assertThatThrownBy(() -> first.disk().openForAppend(path))
          .hasMessageContaining("another Rollbook");
      assertThatThrownBy(() -> first.disk().move(path, Path.of("/data/moved")))
          .hasMessageContaining("another Rollbook");
      assertThat(second.disk().stat(path).size()).isEqualTo(1);
    }
    first.close();
  }

  @Test
  void aRolloutThatAReplacedProcessHasWrittenMustBeReadAgain() throws Exception {
    var first = database.process("first");
    var before = rollouts(first);
    var ref = before.newRef();
    var stale = before.create(ref);
    stale.append(TestRollouts.lines(1, "a"));
    first.lease.endBeats();
    try (var second = database.process("second")) {
      var after = rollouts(second);
      var writer = after.rollouts().writer(ref, after.rollouts().size(ref));
      stale.append(TestRollouts.lines(2, "b", "c"));

      assertThatThrownBy(() -> writer.append(TestRollouts.lines(2, "x")))
          .isInstanceOf(RolloutAheadException.class);
      assertThatThrownBy(() -> writer.append(TestRollouts.lines(4, "y")))
          .isInstanceOf(RolloutAheadException.class);
      assertThatThrownBy(() -> stale.append(TestRollouts.lines(4, "z")))
          .isInstanceOf(IOException.class);
      after.rollouts().writer(ref, after.rollouts().size(ref)).append(TestRollouts.lines(4, "d"));

      assertThat(after.stored(ref)).containsExactly("a", "b", "c", "d");
    }
    first.close();
  }

  @Test
  void anAppendSucceedsOnceTheLinesThatWereAheadAreLost() throws Exception {
    var first = database.process("first");
    var before = rollouts(first);
    var ref = before.newRef();
    var stale = before.create(ref);
    stale.append(TestRollouts.lines(1, "a"));
    first.lease.endBeats();
    try (var second = database.process("second")) {
      var after = rollouts(second);
      long size = after.rollouts().size(ref);
      var writer = after.rollouts().writer(ref, size);
      stale.append(TestRollouts.lines(2, "b"));
      assertThatThrownBy(() -> writer.append(TestRollouts.lines(2, "x")))
          .isInstanceOf(RolloutAheadException.class);

      database.execute("UPDATE rollout_file SET size = " + size);
      database.execute("DELETE FROM rollout_chunk WHERE start >= " + size);
      writer.append(TestRollouts.lines(2, "x"));

      assertThat(after.stored(ref)).containsExactly("a", "x");
    }
    first.close();
  }

  private static TestRollouts rollouts(TestDatabase.Process process) {
    return TestRollouts.on(process.disk(), Path.of("/data"), SyncPolicy.INTERVAL);
  }
}
