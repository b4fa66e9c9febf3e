package dev.rollbook.rollout;

import static dev.rollbook.rollout.RolloutReaderTest.line;
import static dev.rollbook.rollout.RolloutReaderTest.unnumbered;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import dev.rollbook.rollout.line.LineView;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A place in the middle is found without reading all before it, and it is the right one.
class RolloutSeekTest {
  private static final int LINES = 12_000;

  @TempDir Path directory;
  private TestRollouts store;

  @BeforeEach
  void put() {
    store = TestRollouts.in(directory);
  }

  @Test
  void seekingAgreesWithAPlainScan() throws IOException {
    assertSeekAgrees(numbered(n -> n));
  }

  @Test
  void seekingAgreesWithAPlainScanWhereOrdinalsAreMissing() throws IOException {
    assertSeekAgrees(numbered(n -> n + n / 100 * 37));
  }

  @Test
  void seekingAgreesWithAPlainScanWhereNoLineHasAnOrdinal() throws IOException {
    var text = new StringBuilder();
    for (int n = 0; n < LINES; n++) {
      text.append(unnumbered(padded(n))).append('\n');
    }
    assertSeekAgrees(store.holding(text.toString()));
  }

  @Test
  void seekingAgreesWithAPlainScanAmongInvalidAndBlankLines() throws IOException {
    var text = new StringBuilder("\uFEFF");
    for (int n = 0; n < LINES; n++) {
      text.append(n % 3 == 0 ? "bad " + padded(n) + "\r\n\r\n" : "");
      text.append(line(n, padded(n))).append("\r\n");
    }
    assertSeekAgrees(store.holding(text.toString()));
  }

  @Test
  void seekingAgreesWithAPlainScanAmongLinesLongerThanAWindow() throws IOException {
    var text = new StringBuilder();
    for (int n = 0; n < 60; n++) {
      text.append(line(n, "x".repeat(n % 7 == 3 ? 700_000 : 10_000))).append('\n');
    }
    assertSeekAgrees(store.holding(text.toString()));
  }

  @Test
  void seekingAgreesWithAPlainScanWhereAnOrdinalIsRepeated() throws IOException {
    assertSeekAgrees(numbered(n -> n < 100 ? n : n - 1));
  }

  @Test
  void seekingAgreesWithAPlainScanWhereOneLineLacksItsOrdinal() throws IOException {
    var text = new StringBuilder();
    for (int n = 0; n < LINES; n++) {
      text.append(n == 100 ? unnumbered(padded(n)) : line(n < 100 ? n : n - 1, padded(n)));
      text.append('\n');
    }
    assertSeekAgrees(store.holding(text.toString()));
  }

  @Test
  void seekingAgreesWithAPlainScanWhereOrdinalsDecrease() throws IOException {
    assertSeekAgrees(numbered(n -> n < LINES / 3 ? n : n - 2000));
    assertSeekAgrees(numbered(n -> n % 1000));
  }

  @Test
  void seekingAgreesWithAPlainScanAfterTheOrderedPart() throws IOException {
    var ref = numbered(n -> n < LINES / 2 ? n : n - 2000);
    long half = store.rollouts().size(ref) / 3;

    for (long ordinal = 0; ordinal < LINES; ordinal += 1001) {
      var range = new OrdinalRange(ordinal, Long.MAX_VALUE);
      assertThat(
              described(
                  store
                      .rollouts()
                      .page(ref, half, range, 3, false, MemoryReservation.UNLIMITED)
                      .lines()))
          .isEqualTo(
              described(
                  store
                      .rollouts()
                      .page(ref, 0, range, 3, false, MemoryReservation.UNLIMITED)
                      .lines()));
    }
  }

  @Test
  void theEndOfALargeRolloutIsReadWithoutItsBeginning() throws IOException {
    var ref = numbered(n -> n);
    store.disk.heal();

    var page =
        store
            .rollouts()
            .page(ref, Long.MAX_VALUE, OrdinalRange.ALL, 10, true, MemoryReservation.UNLIMITED);

    assertThat(page.lines()).extracting(RolloutLine::ordinal).startsWith(LINES - 1L).hasSize(10);
    assertFewReads();
  }

  @Test
  void aPageInTheMiddleReadsOnlyAFewChunks() throws IOException {
    var ref = numbered(n -> n);
    store.disk.heal();

    store
        .rollouts()
        .page(
            ref,
            Long.MAX_VALUE,
            new OrdinalRange(LINES / 2, LINES),
            10,
            false,
            MemoryReservation.UNLIMITED);

    assertFewReads();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 1000})
  void walkingForwardGivesEveryLineOnceInOrder(int limit) throws IOException {
    var ref = withGaps(Math.min(3000, 300 * limit));
    var walked = new ArrayList<Long>();
    var page = page(ref, OrdinalRange.ALL, limit, false);
    add(walked, page, limit);
    while (page.nextAfter() != null) {
      page = page(ref, new OrdinalRange(page.nextAfter() + 1, Long.MAX_VALUE), limit, false);
      add(walked, page, limit);
    }
    assertThat(walked).isEqualTo(ordinals(ref));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 1000})
  void walkingBackwardGivesEveryLineOnceLastFirst(int limit) throws IOException {
    var ref = withGaps(Math.min(3000, 300 * limit));
    var walked = new ArrayList<Long>();
    var page = page(ref, OrdinalRange.ALL, limit, true);
    add(walked, page, limit);
    while (page.nextAfter() != null) {
      page = page(ref, new OrdinalRange(0, page.nextAfter() - 1), limit, true);
      add(walked, page, limit);
    }
    assertThat(walked.reversed()).isEqualTo(ordinals(ref));
  }

  @Test
  void aPageEndsWhereItsRangeEnds() throws IOException {
    var ref = numbered(n -> n * 2);

    var forward = page(ref, new OrdinalRange(101, 110), 5, false);
    var backward = page(ref, new OrdinalRange(101, 110), 5, true);

    assertThat(forward.lines())
        .extracting(RolloutLine::ordinal)
        .containsExactly(102L, 104L, 106L, 108L, 110L);
    assertThat(described(backward.lines())).isEqualTo(described(forward.lines().reversed()));
    assertThat(forward.nextAfter()).isNull();
    assertThat(backward.nextAfter()).isNull();
  }

  /// 64 MB, and the lines that a seek looks at; the whole file takes 2400 reads.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPageOfPreviewsReadsABoundedPartOfTheRollout(boolean newestFirst) throws IOException {
    int count = 150;
    var ref = store.holding(new byte[0]);
    for (int n = 0; n < count; n++) {
      store.files.append(ref.path(), large(n));
    }
    var walked = new ArrayList<Long>();
    var range = OrdinalRange.ALL;
    for (Long after = -1L; after != null; ) {
      store.disk.heal();
      var page = previews(ref, range, newestFirst);
      assertThat(store.disk.calls())
          .filteredOn(call -> call.operation() == Operation.READ)
          .hasSizeLessThan(90 * 16);
      add(walked, page, count - 1);
      after = page.nextAfter();
      if (after != null) {
        range = newestFirst ? new OrdinalRange(0, after - 1) : new OrdinalRange(after + 1, count);
      }
    }
    assertThat(newestFirst ? walked.reversed() : walked)
        .isEqualTo(LongStream.range(0, count).boxed().toList());
  }

  private RolloutPage previews(RolloutRef ref, OrdinalRange range, boolean newestFirst)
      throws IOException {
    return store
        .rollouts()
        .page(
            ref,
            Long.MAX_VALUE,
            range,
            1000,
            newestFirst,
            LineView.PREVIEW,
            MemoryReservation.UNLIMITED);
  }

  /// A line of 1 MB.
  private static String large(int ordinal) {
    return "{\"ordinal\":%d,\"type\":\"t\",\"payload\":\"%s\"}\n"
        .formatted(ordinal, "x".repeat(1 << 20));
  }

  /// Of 64 KB each; the whole file takes about 40.
  private void assertFewReads() {
    assertThat(store.disk.calls())
        .filteredOn(call -> call.operation() == Operation.READ)
        .hasSizeLessThan(25);
  }

  private void assertSeekAgrees(RolloutRef ref) throws IOException {
    var all = store.read(ref);
    assertThat(store.rollouts().size(ref)).isGreaterThan(1_000_000);
    var random = new Random(7);
    long last = all.getLast().ordinal();
    for (int i = 0; i < 20; i++) {
      long ordinal = i == 0 ? 0 : i == 1 ? last : i == 2 ? last + 5 : random.nextLong(last + 1);
      var expected = all.stream().filter(line -> line.ordinal() >= ordinal).limit(3).toList();
      assertThat(sought(ref, ordinal)).as("from %d", ordinal).isEqualTo(described(expected));
    }
  }

  private List<String> sought(RolloutRef ref, long ordinal) throws IOException {
    var found = page(ref, new OrdinalRange(ordinal, Long.MAX_VALUE), 3, false);
    return described(found.lines());
  }

  private static List<String> described(List<RolloutLine> lines) {
    return lines.stream().map(line -> line.ordinal() + " " + shortId(line)).toList();
  }

  private static String shortId(RolloutLine line) {
    return String.valueOf(line.id()).substring(0, 6);
  }

  private RolloutPage page(RolloutRef ref, OrdinalRange range, int limit, boolean newestFirst)
      throws IOException {
    return store
        .rollouts()
        .page(ref, ordered(ref), range, limit, newestFirst, MemoryReservation.UNLIMITED);
  }

  /// What the row of the thread tells: a fold of all lines has found it out.
  private long ordered(RolloutRef ref) throws IOException {
    return store.read(ref).stream().allMatch(RolloutLine::numbered)
        ? store.rollouts().size(ref)
        : 0;
  }

  private static void add(List<Long> walked, RolloutPage page, int limit) {
    assertThat(page.lines()).hasSizeLessThanOrEqualTo(limit);
    page.lines().forEach(line -> walked.add(line.ordinal()));
  }

  private List<Long> ordinals(RolloutRef ref) throws IOException {
    return store.read(ref).stream().map(RolloutLine::ordinal).toList();
  }

  private RolloutRef withGaps(int lines) throws IOException {
    var text = new StringBuilder();
    for (int n = 0; n < lines; n++) {
      text.append(line(n + n / 10 * 13L + n / 250 * 5000L, padded(n))).append('\n');
    }
    return store.holding(text.toString());
  }

  private RolloutRef numbered(LongUnaryOperator ordinal) throws IOException {
    var text = new StringBuilder();
    for (int n = 0; n < LINES; n++) {
      text.append(line(ordinal.applyAsLong(n), padded(n))).append('\n');
    }
    return store.holding(text.toString());
  }

  private static String padded(int n) {
    return "%06d%s".formatted(n, "x".repeat(n % 400));
  }
}
