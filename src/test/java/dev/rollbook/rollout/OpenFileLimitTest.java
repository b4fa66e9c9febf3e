package dev.rollbook.rollout;

import static dev.rollbook.rollout.TestRollouts.lines;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.rollout.OpenFileLimit.OpenFileProperties;
import dev.rollbook.rollout.line.EncodedLines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenFileLimitTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8, 16})
  void moreWritersThanTheLimitContinueWithinTheLimitOfOpenFiles(int limit) throws IOException {
    var store = new TestRollouts(directory, SyncPolicy.INTERVAL, limit);
    var writers = writers(store, 40);
    for (int round = 1; round <= 3; round++) {
      for (var writer : writers) {
        writer.append(lines(round, "item-" + round));
        assertThat(store.openFiles.count()).isLessThanOrEqualTo(limit);
        assertThat(store.disk.openFiles()).isEqualTo(store.openFiles.count());
      }
    }
    try (var all = store.rollouts().all()) {
      assertThat(all)
          .hasSize(40)
          .allSatisfy(
              ref -> assertThat(store.stored(ref)).containsExactly("item-1", "item-2", "item-3"));
    }
  }

  @Test
  void theLeastRecentlyUsedFileIsClosedFirst() throws IOException {
    var store = new TestRollouts(directory, SyncPolicy.INTERVAL, 2);
    var writers = writers(store, 3);
    writers.get(0).append(lines(1, "a"));
    writers.get(1).append(lines(1, "a"));
    writers.get(0).append(lines(2, "b"));

    writers.get(2).append(lines(1, "a"));

    store.disk.heal();
    writers.get(0).append(lines(3, "c"));
    assertThat(store.disk.calls()).noneMatch(call -> call.operation().name().equals("OPEN"));
  }

  @Test
  void writersOfManyThreadsWorkConcurrently() throws Exception {
    int limit = 4;
    int threads = 8;
    var store = new TestRollouts(directory, SyncPolicy.INTERVAL, limit);
    try (var pool = Executors.newFixedThreadPool(threads)) {
      var work =
          IntStream.range(0, threads)
              .<Callable<List<RolloutRef>>>mapToObj(n -> () -> appends(store));
      for (var done : pool.invokeAll(work.toList())) {
        for (var ref : done.get()) {
          assertThat(store.stored(ref)).containsExactly("0", "1", "2", "3", "4");
        }
      }
    }
    assertThat(store.openFiles.count()).isLessThanOrEqualTo(limit + threads);
    assertThat(store.disk.openFiles()).isEqualTo(store.openFiles.count());
  }

  @Test
  void aClosedWriterNoLongerCounts() throws IOException {
    var store = TestRollouts.in(directory);
    var writers = writers(store, 2);
    for (var writer : writers) {
      writer.append(EncodedLines.NONE);
    }
    assertThat(store.openFiles.count()).isEqualTo(2);

    writers.get(0).close();
    writers.get(1).discard();

    assertThat(store.openFiles.count()).isZero();
  }

  @Test
  void aLimitBelowOneNamesItsProperty() {
    assertThatThrownBy(() -> new OpenFileProperties(0))
        .hasMessage("rollbook.live.max-open-files must be at least 1 but is 0");
  }

  private static List<RolloutWriter> writers(TestRollouts store, int count) {
    return IntStream.range(0, count).mapToObj(n -> store.create(store.newRef())).toList();
  }

  private static List<RolloutRef> appends(TestRollouts store) throws IOException {
    var refs = IntStream.range(0, 10).mapToObj(n -> store.newRef()).toList();
    var writers = new ArrayList<>(refs.stream().map(store::create).toList());
    for (int i = 0; i < 5; i++) {
      for (var writer : writers) {
        writer.append(lines(i + 1, Integer.toString(i)));
      }
    }
    return refs;
  }
}
