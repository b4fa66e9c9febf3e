package dev.rollbook.rollout;

import static dev.rollbook.rollout.TestRollouts.lines;
import static dev.rollbook.rollout.TestRollouts.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.memory.MemoryBudget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TailRepairTest {
  @TempDir Path directory;
  private TestRollouts store;

  @BeforeEach
  void put() {
    store = TestRollouts.in(directory);
  }

  @Test
  void aTornLastLineOfAnyLengthIsTruncatedAndKeptBeside() throws IOException {
    var last = text(lines(2, "é–🎉"));
    var bytes = TestRollouts.utf8(last);
    for (int length = 1; length < bytes.length - 1; length++) {
      var ref = store.existing("a");
      var whole = Files.readAllBytes(ref.path());
      Files.write(ref.path(), Arrays.copyOf(bytes, length), StandardOpenOption.APPEND);

      var tail = store.rollouts().prepareForAppend(ref);

      assertThat(tail).isEqualTo(new RolloutTail(whole.length, 1));
      assertThat(ref.path()).hasBinaryContent(whole);
      assertThat(torn(ref, 1)).hasBinaryContent(Arrays.copyOf(bytes, length));
    }
  }

  @Test
  void eachTornLineIsKeptUnderItsOwnNumber() throws IOException {
    var ref = store.existing("a");
    append(ref, "{\"first");
    store.rollouts().prepareForAppend(ref);
    append(ref, "{\"second");
    store.rollouts().prepareForAppend(ref);

    assertThat(torn(ref, 1)).hasContent("{\"first");
    assertThat(torn(ref, 2)).hasContent("{\"second");
    assertThat(store.stored(ref)).containsExactly("a");
  }

  @Test
  void aLastLineWithoutItsLineFeedIsKept() throws IOException {
    var ref = store.existing("a");
    append(ref, text(lines(2, "b")).strip());

    var tail = store.rollouts().prepareForAppend(ref);

    assertThat(store.stored(ref)).containsExactly("a", "b");
    assertThat(tail).isEqualTo(new RolloutTail(Files.size(ref.path()), 2));
    assertThat(store.beside(ref)).isEmpty();
  }

  @Test
  void aRolloutEndingWithACompleteLineIsUnchanged() throws IOException {
    var ref = store.existing("a", "b");
    var before = Files.readAllBytes(ref.path());

    var tail = store.rollouts().prepareForAppend(ref);

    assertThat(tail).isEqualTo(new RolloutTail(before.length, 2));
    assertThat(ref.path()).hasBinaryContent(before);
    assertThat(store.beside(ref)).isEmpty();
  }

  @Test
  void anEmptyFileIsNotARolloutToAppendTo() throws IOException {
    var ref = store.holding("");

    assertThatThrownBy(() -> store.rollouts().prepareForAppend(ref))
        .isInstanceOf(RolloutGoneException.class)
        .hasMessageEndingWith("rollout_empty");
    assertThat(new TailRepair(store.disk, MemoryBudget.UNLIMITED).repair(ref.path()))
        .isEqualTo(new RolloutTail(0, -1));
  }

  @Test
  void aRolloutOfOneLineIsReadyForAppends() throws IOException {
    var ref = store.existing();

    assertThat(store.rollouts().prepareForAppend(ref))
        .isEqualTo(new RolloutTail(Files.size(ref.path()), 0));
  }

  @Test
  void aRolloutOfOneLineThatLacksItsLineFeedIsReadyForAppends() throws IOException {
    var ref = store.existing();
    var whole = Files.readString(ref.path());
    Files.writeString(ref.path(), whole.strip());

    store.rollouts().prepareForAppend(ref);

    assertThat(ref.path()).hasContent(whole);
    assertThat(store.beside(ref)).isEmpty();
  }

  @Test
  void aFirstLineAfterAByteOrderMarkIsKeptWithoutItsLineFeed() throws IOException {
    var ref = store.existing();
    var marked = "\uFEFF" + Files.readString(ref.path());
    Files.writeString(ref.path(), marked.strip());

    assertThat(store.rollouts().prepareForAppend(ref).lastOrdinal()).isZero();

    assertThat(Files.readString(ref.path())).isEqualTo(marked);
    assertThat(store.beside(ref)).isEmpty();
  }

  @Test
  void aTornLineLongerThanAReadIsTruncatedCompletely() throws IOException {
    var ref = store.existing("a", "b");
    var torn = "{\"type\":\"note\",\"payload\":\"" + "x".repeat(300_000);
    append(ref, torn);

    assertThat(store.rollouts().prepareForAppend(ref).lastOrdinal()).isEqualTo(2);

    assertThat(store.stored(ref)).containsExactly("a", "b");
    assertThat(torn(ref, 1)).hasContent(torn);
  }

  @Test
  void aLongCompleteLineBeforeATornOneHasTheLastOrdinal() throws IOException {
    var ref = store.existing("a", "b".repeat(200_000));
    append(ref, "{");

    assertThat(store.rollouts().prepareForAppend(ref).lastOrdinal()).isEqualTo(2);
  }

  @Test
  void aLastLineWithoutAnOrdinalHasNoLastOrdinal() throws IOException {
    var ref = store.existing("a");
    append(ref, "{\"type\":\"note\",\"payload\":1}\n");

    assertThat(store.rollouts().prepareForAppend(ref).lastOrdinal()).isEqualTo(-1);
  }

  @Test
  void onlyNulBytesAtTheEndAreTruncated() throws IOException {
    for (var end : List.of("\n", "")) {
      var ref = store.existing("a", "b");
      var whole = Files.readString(ref.path());
      Files.writeString(ref.path(), whole.strip() + end + "\0".repeat(300_000));

      assertThat(store.rollouts().prepareForAppend(ref))
          .isEqualTo(new RolloutTail(whole.length(), 2));

      assertThat(ref.path()).hasContent(whole);
      assertThat(store.beside(ref)).noneMatch(name -> name.contains(".torn"));
    }
  }

  @Test
  void aTornLineTooLongForMemoryIsTruncatedCompletely() throws IOException {
    var ref = store.existing("a");
    var torn = "{\"type\":\"note\",\"payload\":\"" + "x".repeat(MemoryBudget.MAX_LINE_BYTES);
    append(ref, torn);

    assertThat(store.rollouts().prepareForAppend(ref).lastOrdinal()).isEqualTo(1);

    assertThat(store.stored(ref)).containsExactly("a");
    assertThat(Files.size(torn(ref, 1))).isEqualTo(torn.length());
  }

  @Test
  void aWriterRepairsBeforeItAppends() throws IOException {
    var ref = store.existing("a");
    append(ref, "{\"torn");

    store.rollouts().writer(ref, 0).append(lines(2, "b"));

    assertThat(store.stored(ref)).containsExactly("a", "b");
    assertThat(store.beside(ref)).containsExactly(ref.path().getFileName() + ".torn-1");
  }

  private static Path torn(RolloutRef ref, int n) {
    return ref.path().resolveSibling(ref.path().getFileName() + ".torn-" + n);
  }

  private static void append(RolloutRef ref, String text) throws IOException {
    Files.writeString(ref.path(), text, StandardOpenOption.APPEND);
  }
}
