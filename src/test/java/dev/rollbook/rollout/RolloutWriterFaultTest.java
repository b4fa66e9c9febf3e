package dev.rollbook.rollout;

import static dev.rollbook.rollout.TestRollouts.lines;
import static dev.rollbook.rollout.disk.FaultyDisk.inputOutputError;
import static dev.rollbook.rollout.disk.FaultyDisk.noSpaceLeft;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.line.EncodedLines;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjIntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Fails every call that a run of appends makes of the disk, one run for each.
class RolloutWriterFaultTest extends OnAnyDisk {

  @ParameterizedTest
  @EnumSource
  void anAppendIsStoredExactlyIfItReturnedWhicheverCallFails(SyncPolicy policy) throws IOException {
    failEveryCall(policy, (disk, n) -> disk.failCall(n, inputOutputError()), false);
  }

  @ParameterizedTest
  @EnumSource
  void anAppendIsStoredExactlyIfItReturnedThoughAllCallsFailUntilTheNextOne(SyncPolicy policy)
      throws IOException {
    failEveryCall(policy, (disk, n) -> disk.failFromCall(n, inputOutputError()), true);
  }

  @ParameterizedTest
  @EnumSource
  void anAppendInterruptedBeforeAnyCallIsStoredOnce(SyncPolicy policy) throws IOException {
    failEveryCall(policy, FaultyDisk::interruptBeforeCall, false);
  }

  @ParameterizedTest
  @EnumSource
  void anAppendInterruptedAfterAnyCallIsStoredOnce(SyncPolicy policy) throws IOException {
    failEveryCall(policy, FaultyDisk::interruptAfterCall, false);
  }

  @Test
  void noFileStaysOpenWhicheverCallFailsOrIsInterrupted() throws IOException {
    var policy = SyncPolicy.INTERVAL;
    var left = new ArrayList<String>();
    left.addAll(failEveryCall(policy, (disk, n) -> disk.failCall(n, inputOutputError()), false));
    left.addAll(failEveryCall(policy, FaultyDisk::interruptBeforeCall, false));
    left.addAll(failEveryCall(policy, FaultyDisk::interruptAfterCall, false));
    assertThat(left).isEmpty();
  }

  @Test
  void aPartialWriteIsRolledBackAtAnyByte() throws IOException {
    var batch = lines(2, "b", "c");
    for (int bytes = 0; bytes <= batch.length(); bytes++) {
      var store = in(directory.resolve("torn-" + bytes));
      var ref = store.newRef();
      var writer = store.create(ref);
      writer.append(lines(1, "a"));

      store.disk.tearNextWrite(bytes, noSpaceLeft());
      assertThatThrownBy(() -> writer.append(batch)).hasMessage("No space left on device");

      assertThat(store.stored(ref)).as("after %d bytes", bytes).containsExactly("a");
      writer.append(lines(4, "d"));
      assertThat(store.stored(ref)).as("after %d bytes", bytes).containsExactly("a", "d");
    }
  }

  @Test
  void aPartialFirstWriteIsRolledBackAtAnyByte() throws IOException {
    int header = 150;
    for (int bytes = 0; bytes <= header; bytes++) {
      var store = in(directory.resolve("torn-" + bytes));
      var ref = store.newRef();
      var writer = store.create(ref);

      store.disk.tearNextWrite(bytes, noSpaceLeft());
      assertThatThrownBy(() -> writer.append(lines(1, "a"))).hasMessage("No space left on device");

      assertThat(store.files.exists(ref.path())).isFalse();
      assertThat(writer.exists()).isFalse();
      writer.append(lines(2, "b"));
      assertThat(store.stored(ref)).as("after %d bytes", bytes).containsExactly("b");
    }
  }

  @Test
  void singleByteWritesAreContinued() throws IOException {
    var store = in(directory);
    var ref = store.newRef();
    store.disk.shortenWrites(1);

    store.create(ref).append(lines(1, "a", "b"));

    assertThat(store.stored(ref)).containsExactly("a", "b");
  }

  @Test
  void acknowledgedAppendsAreExactlyTheStoredOnes() throws IOException {
    var store = in(directory);
    var ref = store.newRef();
    var writer = store.create(ref);
    writer.append(lines(1, "a"));
    long size = store.rollouts().size(ref);

    store.disk.tearNextWrite(7, noSpaceLeft());
    assertThatThrownBy(() -> writer.append(lines(2, "b"))).isInstanceOf(IOException.class);

    assertThat(writer.committed()).isEqualTo(size);
    assertThat(store.rollouts().size(ref)).isEqualTo(size);
  }

  /// Returns the runs that left a file open.
  private List<String> failEveryCall(
      SyncPolicy policy, ObjIntConsumer<FaultyDisk> fault, boolean healedByNextAppend)
      throws IOException {
    var leftOpen = new ArrayList<String>();
    int calls = new WriterRun(policy, healedByNextAppend, leftOpen).play(disk -> {});
    assertThat(calls).isGreaterThan(20);
    for (int call = 1; call <= calls; call++) {
      int n = call;
      new WriterRun(policy, healedByNextAppend, leftOpen).play(disk -> fault.accept(disk, n));
    }
    return leftOpen;
  }

  private interface Fault {
    void set(FaultyDisk disk);
  }

  /// A new thread that is appended to, rests, is appended to by a new writer, and once more.
  private final class WriterRun {
    private final TestRollouts store;
    private final RolloutRef ref;
    private final boolean healedByNextAppend;
    private final List<String> leftOpen;
    private final List<String> acknowledged = new ArrayList<>();
    private List<FaultyDisk.Call> calls = List.of();

    WriterRun(SyncPolicy policy, boolean healedByNextAppend, List<String> leftOpen) {
      this.store = in(directory, policy);
      this.ref = store.newRef();
      this.healedByNextAppend = healedByNextAppend;
      this.leftOpen = leftOpen;
    }

    int play(Fault fault) throws IOException {
      fault.set(store.disk);
      var writer = store.create(ref);
      append(writer, lines(1, "a"), "a");
      append(writer, lines(2, "b", "c", "d"), "b", "c", "d");
      letGo(writer::close);
      append(writer, lines(5, "e"), "e");
      letGo(writer::discard);
      // What a write could not take back only its writer knows of.
      var next =
          acknowledged.contains("e")
              ? store.rollouts().writer(ref, store.files.size(ref.path()))
              : writer;
      append(next, lines(6, "f", "g"), "f", "g");
      calls = calls.isEmpty() ? store.disk.calls() : calls;
      store.disk.heal();
      append(next, lines(8, "last"), "last");
      assertThat(acknowledged).as(this::describe).endsWith("last");
      next.close();
      if (store.disk.openFiles() > 0) {
        leftOpen.add(describe());
      }
      return calls.size();
    }

    private void append(RolloutWriter writer, EncodedLines lines, String... ids)
        throws IOException {
      try {
        writer.append(lines);
        acknowledged.addAll(List.of(ids));
        assertStoredIsAcknowledged();
      } catch (IOException failed) {
        assertThat(failed).as(this::describe).hasMessage("Input/output error");
        if (healedByNextAppend) {
          calls = store.disk.calls();
          store.disk.heal();
        } else if (store.files.exists(ref.path())) {
          assertStoredIsAcknowledged();
        }
      }
      Thread.interrupted();
    }

    private void assertStoredIsAcknowledged() throws IOException {
      Thread.interrupted();
      assertThat(store.stored(ref)).as(this::describe).isEqualTo(acknowledged);
    }

    /// Closing may fail, and says so; what was acknowledged does not depend on it.
    private void letGo(Closeable file) {
      try {
        file.close();
      } catch (IOException told) {
        assertThat(told).as(this::describe).isNotInstanceOf(RolloutGoneException.class);
      }
      Thread.interrupted();
    }

    private String describe() {
      var seen = calls.isEmpty() ? store.disk.calls() : calls;
      return seen.size() + " calls: " + seen.stream().map(FaultyDisk.Call::operation).toList();
    }
  }
}
