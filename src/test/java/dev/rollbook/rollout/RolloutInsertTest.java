package dev.rollbook.rollout;

import static dev.rollbook.rollout.TestRollouts.lines;
import static dev.rollbook.rollout.disk.FaultyDisk.inputOutputError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.function.ObjIntConsumer;
import org.junit.jupiter.api.Test;

/// Lines that come late take the place that their ordinals name, whole or not at all.
class RolloutInsertTest extends OnAnyDisk {
  private static final OrdinalRange GAP = new OrdinalRange(2, 3);

  @Test
  void linesAreInsertedAtTheirOrdinals() throws IOException {
    var store = in(directory);
    var ref = store.newRef();
    var writer = gapped(store, ref);

    assertThat(writer.insert(GAP, lines(2, "b", "c"))).isTrue();

    assertThat(store.stored(ref)).containsExactly("a", "b", "c", "d");
    assertThat(store.read(ref))
        .extracting(RolloutLine::ordinal)
        .containsExactly(0L, 1L, 2L, 3L, 4L);
    assertThat(writer.committed()).isEqualTo(store.files.size(ref.path()));
    writer.append(lines(5, "e"));
    assertThat(store.stored(ref)).containsExactly("a", "b", "c", "d", "e");
    assertThat(store.beside(ref)).isEmpty();
  }

  @Test
  void linesAfterTheLastOneAreAppended() throws IOException {
    var store = in(directory);
    var ref = store.newRef();
    var writer = store.create(ref);
    writer.append(lines(1, "a"));
    var before = key(store, ref);

    assertThat(writer.insert(new OrdinalRange(3, 4), lines(3, "c", "d"))).isTrue();

    assertThat(store.stored(ref)).containsExactly("a", "c", "d");
    assertThat(key(store, ref)).as("the same file").isEqualTo(before);
  }

  @Test
  void existingLinesAreNotWrittenAgain() throws IOException {
    var store = in(directory);
    var ref = store.newRef();
    var writer = gapped(store, ref);
    writer.insert(GAP, lines(2, "b", "c"));

    assertThat(writer.insert(GAP, lines(2, "b", "c"))).isFalse();

    assertThat(store.stored(ref)).containsExactly("a", "b", "c", "d");
  }

  @Test
  void aMissingRolloutIsNotRecreated() throws IOException {
    var store = in(directory);
    var ref = store.newRef();
    var writer = gapped(store, ref);
    store.files.delete(ref.path());

    assertThatThrownBy(() -> writer.insert(GAP, lines(2, "b", "c")))
        .isInstanceOf(RolloutGoneException.class);
    assertThat(store.files.exists(ref.path())).isFalse();
  }

  @Test
  void anOpenReaderContinuesWithTheOldFile() throws IOException {
    var store = in(directory);
    var ref = store.newRef();
    var writer = gapped(store, ref);
    try (var reader = store.rollouts().read(ref)) {
      reader.next();
      writer.insert(GAP, lines(2, "b", "c"));

      assertThat(TestRollouts.remaining(reader))
          .extracting(RolloutLine::id)
          .containsExactly("a", "d");
    }
  }

  @Test
  void contentOpenedBeforeIsNotMixedWithTheNewFile() throws IOException {
    var store = in(directory);
    var ref = store.newRef();
    var writer = gapped(store, ref);
    var content = store.rollouts().content(ref, writer.committed()).orElseThrow();
    writer.insert(GAP, lines(2, "b", "c"));

    assertThatThrownBy(content::open).isInstanceOf(RolloutReplacedException.class);
  }

  @Test
  void linesWrittenByAnotherProgramMeanwhileAreKept() throws IOException {
    var store = in(directory);
    var ref = store.newRef();
    var writer = gapped(store, ref);
    store.append(ref, lines(5, "others"));

    writer.insert(GAP, lines(2, "b", "c"));

    assertThat(store.stored(ref)).containsExactly("a", "b", "c", "d", "others");
  }

  @Test
  void aTemporaryFileLeftByACrashIsReplaced() throws IOException {
    var store = in(directory);
    var ref = store.newRef();
    var writer = gapped(store, ref);
    store.files.writeString(RolloutRewrite.beside(ref.path()), "half");

    writer.insert(GAP, lines(2, "b", "c"));

    assertThat(store.stored(ref)).containsExactly("a", "b", "c", "d");
    assertThat(store.beside(ref)).isEmpty();
  }

  @Test
  void theOldOrTheNewFileRemainsWhicheverCallFails() throws IOException {
    failEveryCall((disk, n) -> disk.failCall(n, inputOutputError()));
  }

  @Test
  void theOldOrTheNewFileRemainsIfAllLaterCallsFail() throws IOException {
    failEveryCall((disk, n) -> disk.failFromCall(n, inputOutputError()));
  }

  @Test
  void anInterruptBeforeAnyCallDoesNoHarm() throws IOException {
    failEveryCall(FaultyDisk::interruptBeforeCall);
  }

  @Test
  void anInterruptAfterAnyCallDoesNoHarm() throws IOException {
    failEveryCall(FaultyDisk::interruptAfterCall);
  }

  private void failEveryCall(ObjIntConsumer<FaultyDisk> fault) throws IOException {
    int calls = callsOfOne();
    for (int n = 1; n <= calls; n++) {
      var store = in(Files.createTempDirectory(directory, "call"));
      var ref = store.newRef();
      var writer = gapped(store, ref);
      store.disk.heal();
      fault.accept(store.disk, n);
      boolean told = attempt(writer);
      store.disk.heal();

      assertThat(store.stored(ref))
          .as("after call %d", n)
          .isIn(List.of("a", "d"), List.of("a", "b", "c", "d"));
      if (told || store.stored(ref).size() == 4) {
        assertThat(writer.committed())
            .as("after call %d", n)
            .isEqualTo(store.files.size(ref.path()));
      }
      assertThat(told && store.stored(ref).size() != 4).as("told a lie after call %d", n).isFalse();
      writer.insert(GAP, lines(2, "b", "c"));
      writer.append(lines(5, "e"));
      assertThat(store.stored(ref)).as("after call %d", n).containsExactly("a", "b", "c", "d", "e");
      assertThat(store.beside(ref)).as("after call %d", n).isEmpty();
    }
  }

  private int callsOfOne() throws IOException {
    var store = in(Files.createTempDirectory(directory, "whole"));
    var writer = gapped(store, store.newRef());
    store.disk.heal();
    assertThat(attempt(writer)).isTrue();
    return store.disk.calls().size();
  }

  private static boolean attempt(RolloutWriter writer) {
    try {
      writer.insert(GAP, lines(2, "b", "c"));
      return true;
    } catch (IOException failed) {
      return false;
    } finally {
      Thread.interrupted();
    }
  }

  private static RolloutWriter gapped(TestRollouts store, RolloutRef ref) throws IOException {
    var writer = store.create(ref);
    writer.append(lines(1, "a"));
    writer.append(lines(4, "d"));
    return writer;
  }

  private static Object key(TestRollouts store, RolloutRef ref) throws IOException {
    return store.disk.stat(ref.path()).key();
  }
}
