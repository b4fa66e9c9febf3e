package dev.rollbook.rollout;

import static dev.rollbook.rollout.TestRollouts.NOW;
import static dev.rollbook.rollout.TestRollouts.lines;
import static dev.rollbook.rollout.TestRollouts.sessionMeta;
import static dev.rollbook.rollout.TestRollouts.text;
import static dev.rollbook.rollout.disk.FaultyDisk.inputOutputError;
import static dev.rollbook.rollout.disk.FaultyDisk.noSpaceLeft;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A copy has the very lines of its source under its own first one, or there is none.
class RolloutCopyWriterTest extends OnAnyDisk {
  private static final String UNNUMBERED = "{\"timestamp\":\"t\",\"type\":\"%s\",\"payload\":{%s}}";

  @Test
  void linesThroughTheOrdinalAreCopiedByteForByte() throws IOException {
    var store = in(directory);
    var from = store.existing("a", "b", "c", "d");

    var copy = copy(store, from, 3);

    assertThat(behindTheFirstLine(store, copy))
        .isEqualTo(text(lines(1, "a", "b", "c")))
        .isSubstringOf(store.files.readString(from.path()));
    assertThat(store.files.readString(copy.path())).contains(copy.thread().toString());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 17, 2_500, 4_999, 5_000, 9_000})
  void theEndOfTheCopyIsFoundInAFileOfAnyLength(long through) throws IOException {
    var store = in(directory);
    var ids = IntStream.range(0, 5_000).mapToObj(n -> "id-" + n).toArray(String[]::new);
    var from = store.existing(ids);

    var copy = copy(store, from, through);

    assertThat(store.stored(copy))
        .containsExactlyElementsOf(List.of(ids).subList(0, (int) Math.min(5_000, through)));
  }

  @Test
  void linesWithoutOrdinalsGetTheSameOrdinalsInTheCopy() throws IOException {
    var store = in(directory);
    var from = store.newRef();
    var notes =
        "\n" + UNNUMBERED.formatted("note", "") + "\n" + UNNUMBERED.formatted("note", "\"n\":2");
    store.files.writeString(
        from.path(),
        UNNUMBERED.formatted("session_meta", "\"id\":\"" + from.thread() + "\"") + notes + "\n");
    store.append(from, lines(3, "a", "b"));

    var copy = copy(store, from, 3);

    assertThat(behindTheFirstLine(store, copy))
        .isEqualTo(notes.strip() + "\n" + text(lines(3, "a")));
    assertThat(store.read(copy)).extracting(RolloutLine::ordinal).containsExactly(0L, 1L, 2L, 3L);
  }

  @Test
  void foreignLinesAreCopiedUnchanged() throws IOException {
    var store = in(directory);
    var from = store.newRef();
    var meta = UNNUMBERED.formatted("session_meta", "\"id\":\"" + from.thread() + "\"");
    var rest =
        UNNUMBERED.formatted("note", "")
            + "\r\n\r\nno json\r\n"
            + UNNUMBERED.formatted("note", "\"n\":\"\u2028\"");
    store.files.writeString(from.path(), "\ufeff" + meta + "\r\n" + rest);

    var copy = copy(store, from, 2);

    assertThat(behindTheFirstLine(store, copy)).isEqualTo(rest + "\n");
    assertThat(store.read(copy)).extracting(RolloutLine::ordinal).containsExactly(0L, 1L, 2L);
  }

  @Test
  void aTornLastLineIsLeftOut() throws IOException {
    var store = in(directory);
    var from = store.existing("a", "b");
    var whole = store.files.readString(from.path());
    store.files.writeString(from.path(), whole + "{\"timestamp\":\"t\",\"ordi");

    assertThat(store.stored(copy(store, from, 7))).containsExactly("a", "b");
  }

  @Test
  void skippedOrdinalsAreSkippedInTheCopyToo() throws IOException {
    var store = in(directory);
    var from = store.existing("a");
    store.append(from, lines(9, "b", "c"));

    assertThat(store.read(copy(store, from, 9)))
        .extracting(RolloutLine::ordinal)
        .containsExactly(0L, 1L, 9L);
    assertThat(store.stored(copy(store, from, 8))).containsExactly("a");
  }

  @Test
  void aSourceDeletedDuringTheCopyIsCopiedCompletely() throws IOException {
    var store = in(directory);
    var from = store.existing("a", "b");
    var to = store.newRef();

    try (var part = store.rollouts().part(from, 0, 2)) {
      store.rollouts().delete(from);
      try (var copy = store.rollouts().copy(part, to, sessionMeta(to), NOW)) {
        copy.publish();
      }
    }

    assertThat(store.stored(to)).containsExactly("a", "b");
  }

  @Test
  void anUnfinishedCopyIsNotARolloutAndLeavesNothing() throws IOException {
    var store = in(directory);
    var from = store.existing("a");
    var to = store.newRef();

    try (var part = store.rollouts().part(from, 0, 1);
        var copy = store.rollouts().copy(part, to, sessionMeta(to), NOW)) {
      copy.append(lines(2, "b"));
      assertThat(unfinished(store)).hasSize(1);
      assertThat(rollouts(store)).containsExactly(from.thread());
    }

    assertThat(unfinished(store)).isEmpty();
    assertThat(store.files.exists(to.path())).isFalse();
  }

  @Test
  void unfinishedCopiesAreRemovedAtTheStart() throws IOException {
    var store = in(directory);
    var left = store.dataDir.unfinishedCopy();
    store.files.writeString(left, "half a rollout");
    var start = store.rollouts();

    store.disk.failFromCall(1, inputOutputError());
    start.afterSingletonsInstantiated();
    assertThat(store.files.exists(left)).isTrue();

    store.disk.heal();
    start.afterSingletonsInstantiated();
    assertThat(store.files.exists(left)).isFalse();
  }

  @Test
  void anExistingTargetFileIsNotReplaced() throws IOException {
    var store = in(directory);
    var from = store.existing("a");
    var to = store.existing("other");

    assertThatThrownBy(() -> copy(store, from, to, 1)).hasMessageContaining("another file");

    assertThat(store.stored(to)).containsExactly("other");
    assertThat(unfinished(store)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void noFileIsLeftOrStaysOpenWhicheverCallFails(SyncPolicy policy) throws IOException {
    var ids = IntStream.range(0, 3_000).mapToObj(n -> "id-" + n).toArray(String[]::new);
    int calls = failingAt(Integer.MAX_VALUE, policy, ids);
    assertThat(calls).isGreaterThan(15);
    for (int n = 1; n <= calls; n++) {
      failingAt(n, policy, ids);
    }
  }

  @Test
  void aFullDiskLeavesNothingAtAnyByte() throws IOException {
    var store = in(directory);
    var from = store.existing("a", "b");
    long size = store.files.size(from.path());
    for (int bytes = 0; bytes <= size; bytes += 13) {
      var to = store.newRef();
      store.disk.tearNextWrite(bytes, noSpaceLeft());
      assertThatThrownBy(() -> copy(store, from, to, 2)).hasMessage("No space left on device");
      assertThat(store.files.exists(to.path())).isFalse();
      assertThat(unfinished(store)).isEmpty();
    }
  }

  @Test
  void partialWritesAreContinued() throws IOException {
    var store = in(directory);
    var from = store.existing("a", "b");
    store.disk.shortenWrites(7);

    assertThat(store.stored(copy(store, from, 2))).containsExactly("a", "b");
  }

  private int failingAt(int n, SyncPolicy policy, String... ids) throws IOException {
    var store = in(directory.resolve(policy + "-" + n), policy);
    var from = store.existing(ids);
    var before = store.files.readString(from.path());
    var to = store.newRef();
    store.disk.heal();
    store.disk.failCall(n, inputOutputError());
    boolean failed = false;
    try {
      copy(store, from, to, ids.length);
    } catch (IOException told) {
      failed = true;
    }
    var calls = store.disk.calls();
    store.disk.heal();
    var seen = calls.stream().map(FaultyDisk.Call::operation).toList();
    assertThat(failed).as("call %d of %s", n, seen).isEqualTo(n <= calls.size());
    assertThat(store.files.exists(to.path())).as("call %d of %s", n, seen).isEqualTo(!failed);
    assertThat(unfinished(store)).as("call %d of %s", n, seen).isEmpty();
    assertThat(store.disk.openFiles()).as("call %d of %s", n, seen).isZero();
    assertThat(store.files.readString(from.path())).isEqualTo(before);
    return calls.size();
  }

  private static RolloutRef copy(TestRollouts store, RolloutRef from, long through)
      throws IOException {
    var to = store.newRef();
    copy(store, from, to, through);
    return to;
  }

  private static void copy(TestRollouts store, RolloutRef from, RolloutRef to, long through)
      throws IOException {
    try (var part = store.rollouts().part(from, Long.MAX_VALUE, through);
        var copy = store.rollouts().copy(part, to, sessionMeta(to), NOW)) {
      copy.publish();
    }
  }

  private static String behindTheFirstLine(TestRollouts store, RolloutRef ref) throws IOException {
    var text = store.files.readString(ref.path());
    return text.substring(text.indexOf('\n') + 1);
  }

  private static List<Path> unfinished(TestRollouts store) throws IOException {
    try (var files = store.disk.walk(store.dataDir.unfinished())) {
      return files.toList();
    }
  }

  private static List<ThreadId> rollouts(TestRollouts store) throws IOException {
    try (var all = store.rollouts().all()) {
      return all.map(RolloutRef::thread).collect(Collectors.toList());
    }
  }
}
