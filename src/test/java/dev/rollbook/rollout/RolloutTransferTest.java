package dev.rollbook.rollout;

import static dev.rollbook.rollout.RolloutReaderTest.line;
import static dev.rollbook.rollout.RolloutReaderTest.unnumbered;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.memory.MemoryBudget;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.rollout.line.LineView;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.rollout.line.SampleLines;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A transfer writes what a reader of single lines returns, whatever is in the file.
class RolloutTransferTest {
  /// Lines and parts of lines, with their line feeds; `%d` is a number.
  private static final List<String> PARTS =
      List.of(
          "{\"ordinal\":%d,\"type\":\"t\",\"payload\":\"x\"}\n",
          "{\"timestamp\":\"now\",\"ordinal\":%d,\"id\":\"é\",\"type\":\"t\",\"payload\":{\"a\":1}}\n",
          "{\"type\":\"t\",\"payload\":%d}\n",
          "{\"type\":\"t\",\"payload\":%d}\r\n",
          "{\"ordinal\":%d,\"type\":\"t\",\"payload\":1}\r\n",
          "{\"ordinal\":%d,\"ordinal\":3,\"type\":\"t\",\"payload\":1}\n",
          "{\"ordinal\":3,\"type\":\"t\",\"payload\":%d}\n",
          "{\"ordinal\":-%d,\"type\":\"t\",\"payload\":1}\n",
          "{\"ordinal\":\"%d\",\"type\":\"t\",\"payload\":1}\n",
          "{ \"ordinal\" : %d , \"type\" : \"t\" , \"payload\" : 1 } \t\n",
          "{ \"type\" : \"t\",\r\"payload\" : %d }\n",
          "{\"type\":\"\\u0074\",\"payload\":%d}\n",
          "{\"type\":\"t\",\"payload\":%d}\0\0\0\n",
          "\0\0{\"type\":\"t\",\"payload\":%d}\n",
          "{\"type\":\"t\",\"payload\":{\"a\":%d}\n",
          "{\"type\":\"t\",\"payload\":%d,}\n",
          "damaged %d\n",
          "[%d]\n",
          "\n",
          "\r\n",
          "  \t\n",
          "{\"type\":\"t\",\"payload\":\"%d ",
          "\uFEFF");

  @TempDir Path directory;
  private TestRollouts store;

  @BeforeEach
  void put() {
    store = TestRollouts.in(directory);
  }

  static Stream<byte[]> samples() throws IOException {
    return SampleLines.files().stream();
  }

  @ParameterizedTest
  @MethodSource("samples")
  void samplesAreWrittenWithTheirOrdinals(byte[] sample) throws IOException {
    assertTransfers(store.holding(sample));
  }

  @Test
  void hostileFilesAreWrittenLikeTheirLines() throws IOException {
    for (int seed = 0; seed < 300; seed++) {
      assertTransfers(store.holding(hostile(new Random(seed))));
    }
  }

  @Test
  void compressedFilesAreWrittenLikeTheirLines() throws IOException {
    for (int seed = 0; seed < 20; seed++) {
      var ref = store.holding(hostile(new Random(seed)));
      store.compress(ref);
      assertTransfers(ref);
    }
  }

  @Test
  void largeLinesAreWrittenWhereverTheBufferEnds() throws IOException {
    var text = new StringBuilder();
    for (int length : List.of(65_000, 65_536, 300, 65_537, 131_072, 1_000_000, 3)) {
      text.append(line(text.length(), "x".repeat(length))).append('\n');
      text.append(unnumbered("y".repeat(length))).append('\n');
    }
    assertTransfers(store.holding(text.toString()));
    for (int shift = 0; shift < 40; shift++) {
      var first = line(0, "x".repeat(65_536 - 60 + shift));
      assertTransfers(store.holding(first + "\n" + line(1, "b") + "\n" + unnumbered("c")));
    }
  }

  @Test
  void aLineTooLongForMemoryIsShortened() throws IOException {
    var large = line(1, "x".repeat(MemoryBudget.MAX_LINE_BYTES));
    assertTransfers(store.holding(line(0, "a") + "\n" + large + "\n" + line(2, "b") + "\n"));
  }

  /// What is remembered of a file that was transferred does not hide a change of the file.
  @Test
  void aChangedFileIsNotServedFromScannedRuns() throws IOException {
    for (int seed = 0; seed < 40; seed++) {
      var random = new Random(seed);
      var ref = store.holding(ordinary(random.nextInt(1000)));
      for (int change = 0; change < 6; change++) {
        assertTransfers(ref);
        store.files.write(ref.path(), changed(store.files.readAllBytes(ref.path()), random));
      }
      assertTransfers(ref);
    }
  }

  @Test
  void aRolloutThatGrowsIsTransferredToItsEnd() throws IOException {
    var ref = store.holding(ordinary(10));
    for (int n = 10; n < 1000; n += 60) {
      assertTransfers(ref);
      store.files.append(ref.path(), ordinary(n, n + 60));
    }
    assertTransfers(ref);
  }

  private static String ordinary(int lines) {
    return ordinary(0, lines);
  }

  private static String ordinary(int from, int to) {
    var text = new StringBuilder();
    for (int n = from; n < to; n++) {
      text.append(line(n, "x".repeat(n * 37 % 400))).append('\n');
    }
    return text.toString();
  }

  private static byte[] changed(byte[] file, Random random) {
    int at = random.nextInt(file.length + 1);
    int removed = random.nextBoolean() ? 0 : Math.min(random.nextInt(400), file.length - at);
    var added =
        switch (random.nextInt(4)) {
          case 0 -> new byte[] {(byte) random.nextInt(256)};
          case 1 -> ordinary(random.nextInt(100)).getBytes(UTF_8);
          case 2 -> PARTS.get(random.nextInt(PARTS.size())).formatted(at).getBytes(UTF_8);
          default -> new byte[0];
        };
    var out = new ByteArrayOutputStream();
    out.write(file, 0, at);
    out.writeBytes(added);
    out.write(file, at + removed, file.length - at - removed);
    return out.toByteArray();
  }

  private static String hostile(Random random) {
    var text = new StringBuilder(random.nextInt(8) == 0 ? "\uFEFF" : "");
    int strange = random.nextInt(10);
    int lines = random.nextInt(400);
    for (int n = 0; n < lines; n++) {
      var part = PARTS.get(random.nextInt(10) < strange ? random.nextInt(PARTS.size()) : n % 3);
      text.append(part.formatted(n + random.nextInt(3)));
      if (random.nextInt(200) == 0) {
        text.append(line(n, "x".repeat(random.nextInt(100_000)))).append('\n');
      }
    }
    return text.substring(0, text.length() - random.nextInt(Math.min(10, text.length() + 1)));
  }

  @Test
  void previewsAreTheLinesWithTheirLongStringsCut() throws IOException {
    var ref =
        store.holding(
            line(0, "a")
                + "\n{\"ordinal\":1,\"type\":\"t\",\"payload\":\"%s\"}\n"
                    .formatted("x".repeat(20_000))
                + "{\"type\":\"t\",\"payload\":\"%s\"}".formatted("y".repeat(9000)));

    var lines = new String(transferred(ref, OrdinalRange.ALL, LineView.PREVIEW), UTF_8).lines();

    assertThat(lines)
        .containsExactlyElementsOf(
            store.read(ref).stream()
                .map(LineView.PREVIEW::of)
                .map(line -> line.numberedBytes().toString())
                .toList())
        .satisfies(all -> assertThat(all.get(1)).hasSizeLessThan(9000))
        .satisfies(all -> assertThat(all.get(2)).endsWith(",\"ordinal\":2}"));
  }

  private void assertTransfers(RolloutRef ref) throws IOException {
    var lines = store.read(ref);
    long last = lines.isEmpty() ? 0 : lines.getLast().ordinal();
    for (var range :
        List.of(
            OrdinalRange.ALL,
            new OrdinalRange(last / 2, Long.MAX_VALUE),
            new OrdinalRange(1, last / 3),
            new OrdinalRange(last + 1, last + 5))) {
      assertThat(transferred(ref, range)).isEqualTo(expected(lines, range));
    }
    assertThat(store.disk.openFiles()).isZero();
  }

  private byte[] transferred(RolloutRef ref, OrdinalRange range) throws IOException {
    return transferred(ref, range, LineView.WHOLE);
  }

  private byte[] transferred(RolloutRef ref, OrdinalRange range, LineView view) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var lines = store.rollouts().transfer(ref, 0, range, view, MemoryReservation.UNLIMITED)) {
      lines.writeTo(out);
    }
    return out.toByteArray();
  }

  private static byte[] expected(List<RolloutLine> lines, OrdinalRange range) {
    var out = new ByteArrayOutputStream();
    for (var line : lines) {
      if (range.contains(line.ordinal())) {
        out.writeBytes(line.numberedBytes().toByteArray());
        out.write('\n');
      }
    }
    return out.toByteArray();
  }
}
