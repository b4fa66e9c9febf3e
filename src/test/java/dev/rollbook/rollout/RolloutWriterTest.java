package dev.rollbook.rollout;

import static dev.rollbook.rollout.TestRollouts.lines;
import static dev.rollbook.rollout.TestRollouts.text;
import static dev.rollbook.rollout.disk.FaultyDisk.inputOutputError;
import static dev.rollbook.rollout.disk.FaultyDisk.noSpaceLeft;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A rollout that others meddle with while it is open.
class RolloutWriterTest {
  @TempDir Path directory;
  private TestRollouts store;
  private RolloutRef ref;
  private RolloutWriter writer;

  @BeforeEach
  void openWithOneItem() throws IOException {
    store = TestRollouts.in(directory);
    ref = store.newRef();
    writer = store.create(ref);
    writer.append(lines(1, "a"));
  }

  @AfterEach
  void nothingStaysOpen() throws IOException {
    writer.close();
    assertThat(store.disk.openFiles()).isZero();
  }

  @Test
  void aLocalFileIsNotSearchedForLosses() throws IOException {
    Files.writeString(ref.path(), "");
    store.disk.heal();

    writer.onLoss(tail -> fail("a loss"));
    writer.findLoss();
    writer.whileOpen(() -> {});

    assertThat(store.disk.calls()).isEmpty();
  }

  @Test
  void anAppendToADeletedRolloutIsRejectedEvenWhileTheFileIsOpen() throws IOException {
    Files.delete(ref.path());

    assertGone("b");
    assertGone("c");
    assertThat(ref.path()).doesNotExist();
  }

  @Test
  void anAppendToAMovedRolloutIsRejectedAndNotInTheMovedFile() throws IOException {
    var moved = Files.move(ref.path(), directory.resolve("moved.jsonl"));

    assertGone("b");

    assertThat(TestRollouts.stored(moved)).containsExactly("a");
    assertThat(ref.path()).doesNotExist();
  }

  @Test
  void anAppendToAForeignFileIsRejectedAndLeavesThatFileAlone() throws IOException {
    Files.delete(ref.path());
    Files.writeString(ref.path(), "not a rollout");

    assertGone("b");
    assertGone("c");

    assertThat(ref.path()).hasContent("not a rollout");
  }

  @Test
  void anAppendToTheRolloutOfAnotherThreadIsRejected() throws IOException {
    var other = store.existing("x");
    Files.move(other.path(), ref.path(), StandardCopyOption.REPLACE_EXISTING);

    assertGone("b");
    assertGone("c");

    assertThat(store.stored(ref)).containsExactly("x");
  }

  @Test
  void anIdenticalCopyIsContinuedByTheNextAppend() throws IOException {
    var copy = Files.copy(ref.path(), directory.resolve("copy"));
    Files.move(copy, ref.path(), StandardCopyOption.REPLACE_EXISTING);

    assertGone("b");
    writer.append(lines(3, "c"));

    assertThat(store.stored(ref)).containsExactly("a", "c");
  }

  @Test
  void aRestoredRolloutIsContinued() throws IOException {
    var kept = Files.copy(ref.path(), directory.resolve("kept"));
    Files.delete(ref.path());
    assertGone("b");

    Files.move(kept, ref.path());
    writer.append(lines(3, "c"));

    assertThat(store.stored(ref)).containsExactly("a", "c");
    assertThat(writer.committed()).isEqualTo(Files.size(ref.path()));
  }

  @Test
  void aRolloutTruncatedInsideALineIsRepairedBeforeTheNextAppend() throws IOException {
    writer.append(lines(2, "b"));
    truncate(Files.size(ref.path()) - 5);

    assertGone("c");
    writer.append(lines(4, "d"));

    assertThat(store.stored(ref)).containsExactly("a", "d");
  }

  @Test
  void anAppendToAnEmptiedRolloutIsRejected() throws IOException {
    truncate(0);

    assertGone("b");
    assertGone("c");
    assertThat(ref.path()).isEmptyFile();
  }

  @Test
  void completeLinesOfAnotherProgramAndOursAreKept() throws IOException {
    alsoAppended(text(lines(2, "theirs")));

    writer.append(lines(2, "ours"));
    writer.append(lines(3, "next"));

    assertThat(store.stored(ref)).containsExactly("a", "theirs", "ours", "next");
  }

  @Test
  void aLineOfAnotherProgramIsKeptIfOurAppendFails() throws IOException {
    alsoAppended(text(lines(2, "x")));
    store.disk.failWrites(ref.path()::equals, noSpaceLeft());

    assertThatThrownBy(() -> writer.append(lines(2, "longer than theirs", "b")))
        .hasMessage("No space left on device");

    store.disk.heal();
    writer.append(lines(4, "c"));
    assertThat(store.stored(ref)).containsExactly("a", "x", "c");
  }

  @Test
  void aFailedAppendAfterALongLineOfAnotherProgramLeavesNothing() throws IOException {
    var theirs = "theirs".repeat(50);
    alsoAppended(text(lines(2, theirs)));
    store.disk.fail(call -> call.is(Operation.STAT, ref.path()), inputOutputError());

    assertThatThrownBy(() -> writer.append(lines(2, "b"))).hasMessage("Input/output error");

    store.disk.heal();
    writer.append(lines(3, "c"));
    assertThat(store.stored(ref)).containsExactly("a", theirs, "c");
  }

  @Test
  void anAppendMergedWithATornLineOfAnotherProgramIsNotAcknowledged() throws IOException {
    alsoAppended("{\"timestamp\":\"2026");

    assertThatThrownBy(() -> writer.append(lines(2, "b"))).isInstanceOf(IOException.class);

    writer.append(lines(3, "c"));
    assertThat(store.read(ref)).last().returns("c", RolloutLine::id);
  }

  @Test
  void anInterruptSkipsNoAppendAndItsFlagStaysSet() throws IOException {
    Thread.currentThread().interrupt();

    writer.append(lines(2, "b"));

    assertThat(Thread.interrupted()).isTrue();
    assertThat(store.stored(ref)).containsExactly("a", "b");
  }

  @Test
  void anInterruptedFirstAppendCreatesTheFile() throws IOException {
    var fresh = store.newRef();
    var first = store.create(fresh);
    Thread.currentThread().interrupt();

    first.append(lines(1, "a"));

    assertThat(Thread.interrupted()).isTrue();
    assertThat(store.stored(fresh)).containsExactly("a");
    first.close();
  }

  @Test
  void aFileWhoseFsyncFailsIsStillClosed() {
    store.disk.fail(call -> call.is(Operation.FORCE, ref.path()), inputOutputError());

    assertThatThrownBy(writer::close).hasMessage("Input/output error");

    assertThat(store.disk.openFiles()).isZero();
    store.disk.heal();
  }

  @Test
  void anUnfinishedFirstLineThatCannotBeRemovedDoesNotBlockTheRollout() throws IOException {
    var fresh = store.newRef();
    var first = store.create(fresh);
    store.disk.tearNextWrite(10, inputOutputError());
    store.disk.fail(call -> call.is(Operation.DELETE, fresh.path()), inputOutputError());
    assertThatThrownBy(() -> first.append(lines(1, "a"))).hasMessage("Input/output error");

    store.disk.heal();
    first.append(lines(2, "b"));

    assertThat(store.stored(fresh)).containsExactly("b");
    first.close();
  }

  private void assertGone(String id) {
    long before = writer.committed();
    assertThatThrownBy(() -> writer.append(lines(2, id)))
        .isInstanceOf(RolloutGoneException.class)
        .hasMessageContaining(ref.path().toString());
    assertThat(writer.committed()).isEqualTo(before);
  }

  private void truncate(long size) throws IOException {
    try (var channel = Files.newByteChannel(ref.path(), StandardOpenOption.WRITE)) {
      channel.truncate(size);
    }
  }

  private void alsoAppended(String text) throws IOException {
    Files.writeString(ref.path(), text, StandardOpenOption.APPEND);
  }
}
