package dev.rollbook.rollout;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.ScannedRuns.Run;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ScannedRunsTest {
  private static final ThreadId THREAD = ThreadId.next();

  private final byte[] bytes = "x".repeat(100_000).getBytes(US_ASCII);
  private final ScannedRuns runs = new ScannedRuns();

  @Test
  void aRunIsFoundWhereTheBytesBeginWithIt() {
    runs.of(THREAD).add(7, bytes, 100, 50_000, 3, 90);

    assertThat(found(7, 100, 100_000)).contains(new Ordinals(3, 90));
    assertThat(found(7, 100, 50_000)).contains(new Ordinals(3, 90));
    assertThat(found(7, 100, 49_999)).isEmpty();
    assertThat(found(8, 100, 100_000)).isEmpty();
    assertThat(runs.of(ThreadId.next()).find(7, bytes, 100, 100_000)).isEmpty();
  }

  @Test
  void aRunIsNotFoundOnceOneOfItsBytesIsAnother() {
    runs.of(THREAD).add(0, bytes, 0, 5000, 3, 90);

    for (int at = 0; at < 5000; at++) {
      bytes[at] ^= 1;
      assertThat(found(0, 0, 100_000)).as("byte %d", at).isEmpty();
      bytes[at] ^= 1;
    }
    bytes[5000] ^= 1;
    assertThat(found(0, 0, 100_000)).isPresent();
  }

  @Test
  void aRunThatIsScannedAgainReplacesTheOneAtItsPlace() {
    runs.of(THREAD).add(0, bytes, 0, 5000, 3, 90);
    runs.of(THREAD).add(0, bytes, 0, 9000, 3, 120);

    assertThat(found(0, 0, 100_000)).contains(new Ordinals(3, 120));
  }

  @Test
  void onlyTheRunsThatWereUsedLastAreKept() {
    for (int n = 0; n < 2 * ScannedRuns.MAX_RUNS; n++) {
      runs.of(THREAD).add(n, bytes, 0, ScannedRuns.MIN_BYTES, 1, 1);
      assertThat(found(0, 0, 100_000)).isPresent();
    }

    int kept = 0;
    for (int n = 0; n < 2 * ScannedRuns.MAX_RUNS; n++) {
      kept += found(n, 0, 100_000).isPresent() ? 1 : 0;
    }
    assertThat(kept).isEqualTo(ScannedRuns.MAX_RUNS);
  }

  private record Ordinals(long first, long last) {
    static Ordinals of(Run run) {
      return new Ordinals(run.first(), run.last());
    }
  }

  private Optional<Ordinals> found(long position, int from, int to) {
    return runs.of(THREAD).find(position, bytes, from, to).map(Ordinals::of);
  }
}
