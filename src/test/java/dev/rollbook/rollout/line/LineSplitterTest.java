package dev.rollbook.rollout.line;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.rollout.line.LineSplitter.Kind;
import dev.rollbook.rollout.line.LineSplitter.LineTaker;
import dev.rollbook.text.Utf8;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Compares the splitter with a naive one that has the whole of a random input, however it is cut.
class LineSplitterTest {
  private static final int SIZE = 64;
  private static final int LONGEST = 300;

  static Stream<Random> seeds() {
    return Stream.iterate(0L, seed -> seed + 1).limit(100).map(Random::new);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void linesEqualThoseOfTheWholeInputAndOnlyLongOnesAreSplit(Random random) throws IOException {
    var input = input(random, false);
    var splitter = splitter(new ChunkedInput(input, random));

    assertThat(lines(splitter)).isEqualTo(naiveLines(input));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void runsOfNulBytesAreCounted(Random random) throws IOException {
    var input = input(random, true);
    var splitter = splitter(new ChunkedInput(input, random)).splittingAtNuls();
    var rebuilt = new ByteArrayOutputStream();
    for (var kind = splitter.next(); kind != Kind.NONE; kind = splitter.next()) {
      assertThat(splitter.start()).isEqualTo(rebuilt.size());
      int lineFeed = splitter.ended() ? 1 : 0;
      if (kind == Kind.NULS) {
        long nuls = splitter.position() - splitter.start() - lineFeed;
        assertThat(nuls).isGreaterThanOrEqualTo(LineSplitter.MIN_NUL_RUN);
        rebuilt.writeBytes(new byte[(int) nuls]);
      } else {
        assertThat(text(splitter.bytes())).doesNotContain("\0".repeat(LineSplitter.MIN_NUL_RUN));
        rebuilt.writeBytes(splitter.bytes());
      }
      rebuilt.write(new byte[] {'\n'}, 0, lineFeed);
    }

    assertThat(rebuilt.toByteArray()).isEqualTo(input);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void bufferedLinesAreReturnedWithoutARead(Random random) throws IOException {
    var input = input(random, false);
    var cuts = new ChunkedInput(input, random);
    var splitter = splitter(cuts);
    var found = new StringBuilder();
    for (var kind = splitter.next(); kind != Kind.NONE; kind = splitter.next()) {
      do {
        found.append(text(splitter.bytes())).append(splitter.ended() ? "\n" : "");
        int reads = cuts.reads;
        kind = splitter.nextBuffered();
        assertThat(cuts.reads).isEqualTo(reads);
      } while (kind == Kind.LINE);
      assertThat(kind).isEqualTo(Kind.NONE);
    }

    assertThat(found.toString()).isEqualTo(text(input));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void theRestCanBeTransferredAfterAnyPiece(Random random) throws IOException {
    var input = input(random, true);
    var splitter = splitter(new ChunkedInput(input, random));
    for (int n = random.nextInt(20); n > 0; n--) {
      splitter.next();
    }
    int from = (int) splitter.position();
    var rest = new ByteArrayOutputStream();
    splitter.transferTo(rest);

    assertThat(rest.toByteArray()).isEqualTo(Arrays.copyOfRange(input, from, input.length));
    assertThat(splitter.position()).isEqualTo(input.length);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void theNextLineIsFoundFromAnyOffset(Random random) throws IOException {
    var input = input(random, false);
    var splitter = splitter(new ChunkedInput(input, random));
    splitter.next();
    int place = random.nextInt(input.length + 1);
    splitter.moveTo(place);
    splitter.skipLine();
    int next = text(input).indexOf('\n', place) + 1;

    assertThat(splitter.position()).isEqualTo(next == 0 ? input.length : next);
    assertThat(lines(splitter))
        .isEqualTo(
            next == 0 ? List.of() : naiveLines(Arrays.copyOfRange(input, next, input.length)));
  }

  @Test
  void memoryForALongLineIsReservedAndReleased() throws IOException {
    var reservation = new CountingReservation(Long.MAX_VALUE);
    var splitter = splitter("short\n" + "x".repeat(200) + "\nshort\n").within(reservation);

    splitter.next();
    assertThat(reservation.held).isZero();
    splitter.next();
    assertThat(reservation.most).isEqualTo(2 * 256);
    assertThat(reservation.held).isEqualTo(2 * 200);
    splitter.nextBuffered();
    assertThat(reservation.held).isEqualTo(2 * 200);
    splitter.next();
    assertThat(reservation.held).isZero();
  }

  @Test
  void memoryOfALongLineIsReleasedBeforeOtherLinesAreTaken() throws IOException {
    var reservation = new CountingReservation(Long.MAX_VALUE);
    var splitter = splitter("x".repeat(200) + "\nshort\n\nto").within(reservation);
    var taken = new ByteArrayOutputStream();
    LineTaker all =
        (bytes, from, to) -> {
          taken.write(bytes, from, to - from);
          return to;
        };

    assertThat(splitter.take(all)).isFalse();
    assertThat(splitter.next()).isEqualTo(Kind.LINE);
    assertThat(splitter.take(all)).isTrue();

    assertThat(reservation.held).isZero();
    assertThat(taken).hasToString("short\n\n");
    assertThat(splitter.take(all)).isFalse();
    assertThat(splitter.next()).isEqualTo(Kind.LINE);
    assertThat(text(splitter.bytes())).isEqualTo("to");
  }

  @Test
  void withoutMemoryTheLineIsSplitAndNothingIsLost() throws IOException {
    var splitter =
        splitter("short\n" + "é".repeat(100) + "\nshort\n").within(new CountingReservation(0));
    splitter.next();
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(splitter::next).isInstanceOf(TooManyRequests.class);
    }
    var parts = new ArrayList<String>();
    do {
      assertThat(splitter.nextPart()).isEqualTo(Kind.PART);
      parts.add(new String(splitter.bytes(), UTF_8));
    } while (!splitter.ended());

    assertThat(parts).hasSizeGreaterThan(3).allMatch(part -> part.length() * 2 <= SIZE);
    assertThat(String.join("", parts)).isEqualTo("é".repeat(100));
    assertThat(splitter.next()).isEqualTo(Kind.LINE);
    assertThat(splitter.bytes()).asString().isEqualTo("short");
  }

  private static LineSplitter splitter(LineSplitter.Input input) {
    return new LineSplitter(input, SIZE, LONGEST);
  }

  private static LineSplitter splitter(String input) {
    return new LineSplitter(new ByteArrayInputStream(input.getBytes(UTF_8)), SIZE, LONGEST);
  }

  /// All that is left, each line with its line feed and its parts joined.
  private static List<String> lines(LineSplitter splitter) throws IOException {
    var lines = new ArrayList<String>();
    var line = new ByteArrayOutputStream();
    boolean whole = true;
    for (var kind = splitter.next(); kind != Kind.NONE; kind = splitter.next()) {
      assertThat(whole || kind == Kind.PART).as("a part follows a part").isTrue();
      assertThat(Utf8.endOfLastCharacter(splitter.bytes(), 0, splitter.bytes().length))
          .as("no character is cut")
          .isEqualTo(splitter.bytes().length);
      whole = kind == Kind.LINE || splitter.ended();
      line.writeBytes(splitter.bytes());
      assertThat(kind == Kind.LINE && line.size() > LONGEST).isFalse();
      assertThat(kind == Kind.PART && whole && line.size() <= LONGEST).isFalse();
      if (splitter.ended()) {
        line.write('\n');
        lines.add(text(line.toByteArray()));
        line.reset();
      }
    }
    if (line.size() > 0) {
      lines.add(text(line.toByteArray()));
    }
    return lines;
  }

  private static List<String> naiveLines(byte[] input) {
    return text(input).isEmpty() ? List.of() : List.of(text(input).split("(?<=\n)"));
  }

  /// Lines of all lengths around those of the buffer and of the longest line.
  private static byte[] input(Random random, boolean nuls) {
    var text = new StringBuilder();
    for (int n = random.nextInt(12); n >= 0; n--) {
      int length = List.of(0, 1, SIZE, LONGEST, 4 * LONGEST).get(random.nextInt(5));
      for (int i = length + random.nextInt(5) - 2; i > 0; i--) {
        text.append(List.of("a", "\r", "\"", "é", "€", "😀").get(random.nextInt(6)));
      }
      if (nuls && random.nextBoolean()) {
        text.append("\0".repeat(random.nextInt(4 * LineSplitter.MIN_NUL_RUN)));
      }
      text.append(n > 0 || random.nextBoolean() ? "\n" : "");
    }
    return text.toString().getBytes(UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }

  /// Gives a random part of what is asked for.
  private static final class ChunkedInput implements LineSplitter.Input {
    private final byte[] input;
    private final Random random;
    private int reads;

    private ChunkedInput(byte[] input, Random random) {
      this.input = input;
      this.random = random;
    }

    @Override
    public int read(byte[] target, int offset, int length, long at) {
      reads++;
      int most = Math.min(length, input.length - (int) at);
      int count = most == 0 ? -1 : 1 + random.nextInt(most);
      System.arraycopy(input, (int) at, target, offset, Math.max(0, count));
      return count;
    }
  }

  /// Knows what is held of it.
  private static final class CountingReservation implements MemoryReservation {
    private final long capacity;
    private long held;
    private long most;

    private CountingReservation(long capacity) {
      this.capacity = capacity;
    }

    @Override
    public boolean tryResize(long bytes) {
      if (bytes > capacity) {
        return false;
      }
      held = bytes;
      most = Math.max(most, held);
      return true;
    }

    @Override
    public MemoryReservation another() {
      return this;
    }
  }
}
