package dev.rollbook.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.rollbook.memory.MemoryBudget;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.model.ResumeFailure;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What others leave behind in rollouts does not keep the rest of them from being read.
class RolloutReaderTest {
  @TempDir Path directory;
  private TestRollouts store;

  @BeforeEach
  void put() {
    store = TestRollouts.in(directory);
  }

  @Test
  void aByteOrderMarkIsNotPartOfTheFirstLine() throws IOException {
    assertReads("\uFEFF" + line(0, "a") + "\n" + line(1, "b") + "\n", 0, "a", "b");
  }

  @Test
  void linesMayEndWithCarriageReturns() throws IOException {
    assertReads(line(0, "a") + "\r\n" + line(1, "b") + "\r\n", 0, "a", "b");
  }

  @Test
  void blankLinesAreIgnored() throws IOException {
    assertReads("\n\r\n" + line(0, "a") + "\n\n  \n" + line(1, "b") + "\n\n", 0, "a", "b");
  }

  @Test
  void theLastLineNeedsNoLineFeed() throws IOException {
    assertReads(line(0, "a") + "\n" + line(1, "b"), 0, "a", "b");
  }

  @Test
  void aTornLastLineIsCountedAndLeftOut() throws IOException {
    assertReads(line(0, "a") + "\n" + line(1, "b").substring(0, 30), 1, "a");
  }

  @Test
  void invalidLinesInTheMiddleAreCountedAndTheRestIsRead() throws IOException {
    var bad =
        List.of("nonsense", "{\"type\":\"note\"}", "[1]", "{\"payload\":1}", "\0\0\0", "{} {}");
    assertReads(
        line(0, "a") + "\n" + String.join("\n", bad) + "\n" + line(1, "b") + "\n",
        bad.size(),
        "a",
        "b");
  }

  @Test
  void anEmptyFileHasNoLines() throws IOException {
    assertReads("", 0);
    assertReads("\uFEFF", 0);
  }

  @Test
  void aLineSeparatorInsideAStringEndsNoLine() throws IOException {
    var ref = store.holding(line(0, "a\u2028b\u2029c\u0085d") + "\n" + line(1, "e") + "\n");

    assertThat(store.read(ref))
        .extracting(RolloutLine::id)
        .containsExactly("a\u2028b\u2029c\u0085d", "e");
  }

  @Test
  void linesOfAnyLengthAreRead() throws IOException {
    var lengths = List.of(65_000, 65_536, 65_537, 131_072, 1_000_000, 3);
    var text = new StringBuilder();
    for (int length : lengths) {
      text.append(line(text.isEmpty() ? 0 : 1, "x".repeat(length))).append('\n');
    }
    var ref = store.holding(text.toString());

    assertThat(store.read(ref)).extracting(line -> line.id().length()).isEqualTo(lengths);
  }

  @Test
  void everyLineIsCompleteWhereverChunksEnd() throws IOException {
    for (int shift = 0; shift < 40; shift++) {
      var first = line(0, "x".repeat(65_536 - 100 + shift));
      assertReads(first + "\r\n" + line(1, "b") + "\r\n", 0, "x".repeat(65_436 + shift), "b");
    }
  }

  @Test
  void aLineWithoutAnOrdinalGetsTheNextOne() throws IOException {
    var ref =
        store.holding(
            line(0, "a") + "\n" + unnumbered("b") + "\n" + line(5, "c") + "\n" + unnumbered("d"));

    assertThat(store.read(ref))
        .extracting(RolloutLine::id, RolloutLine::ordinal, RolloutLine::numbered)
        .containsExactly(
            tuple("a", 0L, true),
            tuple("b", 1L, false),
            tuple("c", 5L, true),
            tuple("d", 6L, false));
  }

  @Test
  void aRepeatedOrDecreasingOrdinalIsReplacedByTheNextOne() throws IOException {
    var ref =
        store.holding(
            line(0, "a") + "\n" + line(0, "b") + "\n" + line(7, "c") + "\n" + line(3, "d"));

    assertThat(store.read(ref))
        .extracting(RolloutLine::id, RolloutLine::ordinal)
        .containsExactly(tuple("a", 0L), tuple("b", 1L), tuple("c", 7L), tuple("d", 8L));
  }

  @Test
  void anInvalidOrdinalCountsAsMissing() throws IOException {
    var odd = "{\"ordinal\":%s,\"type\":\"note\",\"payload\":1}\n";
    var ref =
        store.holding(
            odd.formatted("-4")
                + odd.formatted("\"7\"")
                + odd.formatted("1.5")
                + odd.formatted("{}"));

    assertThat(store.read(ref)).extracting(RolloutLine::ordinal).containsExactly(0L, 1L, 2L, 3L);
  }

  @Test
  void noMoreThanTheGivenBytesAreRead() throws IOException {
    var first = line(0, "a") + "\n";
    var ref = store.holding(first + line(1, "b") + "\n");

    try (var reader = store.rollouts().read(ref, first.length())) {
      assertThat(TestRollouts.remaining(reader)).extracting(RolloutLine::id).containsExactly("a");
    }
  }

  @Test
  void theFirstOfTwoSessionMetaLinesIdentifiesTheThread() throws IOException {
    var own = store.newRef();
    var parent = store.newRef();
    var text = meta(own) + meta(parent) + line(2, "a") + "\n";
    var ref = new RolloutRef(own.thread(), own.name(), store.holding(text).path());
    var wrong = new RolloutRef(parent.thread(), own.name(), ref.path());

    assertThat(store.rollouts().check(ref)).isEmpty();
    assertThat(store.rollouts().check(wrong)).contains(ResumeFailure.ROLLOUT_UNREADABLE);
    assertThat(store.read(ref)).hasSize(3);
  }

  @Test
  void aRolloutIsCheckedBeforeItIsContinued() throws IOException {
    assertThat(store.rollouts().check(store.newRef())).contains(ResumeFailure.ROLLOUT_MISSING);
    assertThat(store.rollouts().check(store.holding("\n"))).contains(ResumeFailure.ROLLOUT_EMPTY);
    assertThat(store.rollouts().check(store.holding("x\n")))
        .contains(ResumeFailure.ROLLOUT_UNREADABLE);
    assertThat(store.rollouts().check(store.holding(line(0, "a"))))
        .contains(ResumeFailure.ROLLOUT_UNREADABLE);
    assertThat(store.rollouts().check(store.existing("a"))).isEmpty();
    assertThat(store.disk.openFiles()).isZero();
  }

  @Test
  void nulBytesAroundALineAreIgnored() throws IOException {
    var nuls = "\0".repeat(200_000);
    assertReads(line(0, "a") + nuls + "\n" + nuls + line(1, "b") + "\n", 0, "a", "b");
  }

  @Test
  void aLineTooLongForMemoryKeepsItsOrdinalAndSmallMembers() throws IOException {
    var large = "x".repeat(MemoryBudget.MAX_LINE_BYTES);
    var payload = "{\"type\":\"agent_message\",\"message\":\"%s\", \"turn_id\":\"t\"}";
    var line =
        "{\"timestamp\":\"2026-11-22T12:45:58.000Z\",\"ordinal\":7,\"type\":\"event_msg\",\"payload\":"
            + payload.formatted(large)
            + "}";
    var ref = store.holding(line(0, "a") + "\n" + line + "\n" + line(8, "b") + "\n");

    var read = store.read(ref);

    assertThat(read).extracting(RolloutLine::ordinal).containsExactly(0L, 7L, 8L);
    assertThat(read.get(1).numberedBytes())
        .asString()
        .isEqualTo(
            line.replace(
                payload.formatted(large),
                "{\"type\":\"agent_message\",\"turn_id\":\"t\",\"rollbook_omitted\":{\"bytes\":%d,\"members\":[\"message\"]}}"
                    .formatted(line.length())));
    assertThat(
            store
                .rollouts()
                .page(
                    ref,
                    Long.MAX_VALUE,
                    new OrdinalRange(8, 8),
                    10,
                    false,
                    MemoryReservation.UNLIMITED)
                .lines())
        .extracting(RolloutLine::id)
        .containsExactly("b");
    store.compress(ref);
    assertThat(store.read(ref)).extracting(RolloutLine::ordinal).containsExactly(0L, 7L, 8L);
  }

  @Test
  void anInvalidLineTooLongForMemoryIsCounted() throws IOException {
    var large = "x".repeat(MemoryBudget.MAX_LINE_BYTES + 1);
    assertReads(line(0, "a") + "\n" + large + "\n" + line(1, "b") + "\n" + large, 2, "a", "b");
  }

  private void assertReads(String text, int unreadable, String... ids) throws IOException {
    try (var reader = store.rollouts().read(store.holding(text))) {
      assertThat(TestRollouts.remaining(reader)).extracting(RolloutLine::id).containsExactly(ids);
      assertThat(reader.unreadable()).isEqualTo(unreadable);
    }
  }

  private static String meta(RolloutRef ref) {
    return "{\"type\":\"session_meta\",\"payload\":{\"id\":\"%s\"}}\n".formatted(ref.thread());
  }

  static String line(long ordinal, String id) {
    return "{\"ordinal\":%d,\"id\":\"%s\",\"type\":\"note\",\"payload\":{}}".formatted(ordinal, id);
  }

  static String unnumbered(String id) {
    return "{\"id\":\"%s\",\"type\":\"note\",\"payload\":{}}".formatted(id);
  }
}
