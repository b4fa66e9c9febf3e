package dev.rollbook.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.statedb.files.ReplicaRow;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Only time in which this process could read counts as silence of another one.
class SilenceWatchTest {
  private static final Duration BEAT = Duration.ofMillis(400);
  private static final UUID PEER = UUID.randomUUID();

  private final SilenceWatch watch = new SilenceWatch(BEAT);

  @Test
  void silenceIsTheTimeBetweenReadsThatFoundTheSameBeat() {
    read(1, 1000, 1010);
    assertThat(watch.silence(PEER)).contains(Duration.ZERO);

    read(1, 1410, 1420);
    read(1, 1820, 1830);

    assertThat(watch.silence(PEER)).contains(Duration.ofMillis(800));
  }

  @Test
  void aSignOfLifeEndsIt() {
    read(1, 1000, 1010);
    read(1, 1410, 1420);
    read(2, 1820, 1830);

    assertThat(watch.silence(PEER)).contains(Duration.ZERO);
  }

  @Test
  void afterAnOutageOfTheDatabaseOrAPauseSilenceBeginsAnew() {
    read(1, 1000, 1010);
    read(1, 1810, 1820);
    assertThat(watch.silence(PEER)).contains(Duration.ofMillis(800));

    read(1, 2630, 2640);
    assertThat(watch.silence(PEER)).contains(Duration.ZERO);
    read(1, 3040, 3050);
    assertThat(watch.silence(PEER)).contains(Duration.ofMillis(400));
  }

  @Test
  void theTimeThatAReadTakesIsNotSilence() {
    read(1, 1000, 1010);
    read(1, 1020, 5000);

    assertThat(watch.silence(PEER)).contains(Duration.ofMillis(10));
  }

  @Test
  void aReplicaThatWasRemovedIsNotKnown() {
    read(1, 1000, 1010);
    watch.read(List.of(), nanos(1410), nanos(1420));

    assertThat(watch.silence(PEER)).isEmpty();
    assertThat(watch.rows()).isEmpty();
  }

  private void read(long beat, long begunMillis, long endedMillis) {
    var row = new ReplicaRow(PEER, "peer", null, "test", beat, false);
    watch.read(List.of(row), nanos(begunMillis), nanos(endedMillis));
  }

  private static long nanos(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }
}
