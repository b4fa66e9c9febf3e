package dev.rollbook.rollout;

import static dev.rollbook.rollout.TestRollouts.lines;
import static dev.rollbook.rollout.disk.FaultyDisk.inputOutputError;
import static dev.rollbook.rollout.disk.FaultyDisk.noSpaceLeft;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// A rollout is there as a whole while it is compressed or made plain, whatever fails.
class RolloutCompressorFaultTest extends OnAnyDisk {
  private RolloutRef ref;

  @Test
  void oneCompleteFileRemainsWhicheverCallOfCompressionFails() throws IOException {
    failEachCallOf(store -> {}, TestRollouts::compress, List.of("a", "b"));
  }

  @Test
  void oneCompleteFileRemainsWhicheverCallOfDecompressionFails() throws IOException {
    failEachCallOf(
        store -> store.compress(ref),
        (store, rollout) -> {
          var writer = store.rollouts().writer(rollout, store.rollouts().size(rollout));
          writer.append(lines(3, "c"));
          writer.discard();
        },
        List.of("a", "b", "c"));
  }

  /// A call that fails stands for a kill too: what the disk has then is what a restart finds.
  private void failEachCallOf(Setup before, Action action, List<String> done) throws IOException {
    int calls = attempt(before, action, done, disk -> {});
    for (int n = 1; n <= calls; n++) {
      int call = n;
      attempt(before, action, done, disk -> disk.failCall(call, noSpaceLeft()));
      attempt(before, action, done, disk -> disk.failFromCall(call, inputOutputError()));
    }
    assertThat(calls).isGreaterThan(10);
  }

  private int attempt(
      Setup before, Action action, List<String> expected, Consumer<FaultyDisk> fault)
      throws IOException {
    var store = in(Files.createTempDirectory(directory, "call"));
    ref = store.existing("a", "b");
    before.run(store);
    store.disk.heal();
    fault.accept(store.disk);
    boolean done = true;
    try {
      action.run(store, ref);
    } catch (IOException failed) {
      done = false;
    }
    int calls = store.disk.calls().size();
    store.disk.heal();

    assertThat(store.read(ref).stream().skip(1).map(RolloutLine::id).toList())
        .as("with faults of %s", store.dataDir.dataDir())
        .isIn(done ? List.of(expected) : List.of(List.of("a", "b"), expected));
    assertThat(store.disk.openFiles()).isZero();
    var later = store.rollouts().writer(ref, store.rollouts().size(ref));
    int stored = store.read(ref).size();
    later.append(lines(stored, "d"));
    assertThat(store.stored(ref)).startsWith("a", "b").endsWith("d").hasSize(stored);
    assertThat(store.beside(ref)).isEmpty();
    return calls;
  }

  private interface Setup {
    void run(TestRollouts store) throws IOException;
  }

  private interface Action {
    void run(TestRollouts store, RolloutRef ref) throws IOException;
  }
}
