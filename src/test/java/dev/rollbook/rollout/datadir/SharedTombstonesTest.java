package dev.rollbook.rollout.datadir;

import static dev.rollbook.rollout.disk.FaultyDisk.inputOutputError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.access.Owner;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.Tombstones.Cause;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import dev.rollbook.storage.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Tombstones that two replicas write.
class SharedTombstonesTest {
  private static final DataDir DATA_DIR = new DataDir(Path.of("/data"));

  private final TestDatabase database = TestDatabase.open();
  private final TestDatabase.Process first = database.replica("first");
  private final TestDatabase.Process second = database.replica("second");
  private final ThreadId thread = ThreadId.next();

  @AfterEach
  void stop() {
    first.close();
    second.close();
    database.close();
  }

  /// Else the next start of a replica would delete a thread whose id was used again.
  @Test
  void aReplicaKnowsOfDeletionsByOthersBeforeItUsesAnIdAgain() throws Exception {
    var mine = new Tombstones(first.disk(), DATA_DIR);
    var theirs = new Tombstones(second.disk(), DATA_DIR);
    mine.add(thread, Owner.NONE, Cause.REQUEST, Instant.EPOCH);
    assertThat(theirs.contains(thread)).isFalse();

    theirs.refresh();
    assertThat(theirs.contains(thread)).isTrue();
    theirs.lift(thread, Cause.START, Instant.EPOCH);

    mine.refresh();
    assertThat(mine.contains(thread)).isFalse();
    assertThat(new Tombstones(first.disk(), DATA_DIR).contains(thread)).isFalse();
  }

  @Test
  void aRefusedDeletionRemovesNoLineOfOthers() throws Exception {
    var faulty = new FaultyDisk(first.disk());
    var mine = new Tombstones(faulty, DATA_DIR);
    var theirs = new Tombstones(second.disk(), DATA_DIR);
    var other = ThreadId.next();
    theirs.add(other, Owner.NONE, Cause.REQUEST, Instant.EPOCH);
    // The line is written, but not read again.
    faulty.fail(call -> call.operation() == Operation.READ, inputOutputError());
    assertThatThrownBy(() -> mine.add(thread, Owner.NONE, Cause.REQUEST, Instant.EPOCH))
        .isInstanceOf(IOException.class);
    theirs.lift(other, Cause.START, Instant.EPOCH);

    faulty.heal();
    mine.repair();

    for (var each : List.of(mine, new Tombstones(second.disk(), DATA_DIR))) {
      assertThat(each.contains(thread)).as("refused").isFalse();
      assertThat(each.contains(other)).as("lifted").isFalse();
    }
  }

  @Test
  void aStartRemovesNoLineThatAnotherReplicaAppendsMeanwhile() throws Exception {
    var theirs = new Tombstones(second.disk(), DATA_DIR);
    theirs.add(thread, Owner.NONE, Cause.REQUEST, Instant.EPOCH);
    var mine = new Tombstones(first.disk(), DATA_DIR);
    theirs.lift(thread, Cause.START, Instant.EPOCH);

    mine.repair();
    mine.add(ThreadId.next(), Owner.NONE, Cause.REQUEST, Instant.EPOCH);

    assertThat(mine.contains(thread)).isFalse();
    assertThat(new Tombstones(second.disk(), DATA_DIR).contains(thread)).isFalse();
  }
}
