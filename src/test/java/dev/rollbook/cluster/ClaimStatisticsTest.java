package dev.rollbook.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.cluster.ClaimStatistics.Kind;
import dev.rollbook.cluster.ClaimStatistics.Takeover;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClaimStatisticsTest {
  private Instant now = Instant.parse("2026-12-01T12:00:00Z");
  private final ClaimStatistics statistics = new ClaimStatistics(() -> now);

  @Test
  void claimsAreCountedByWhoseTheThreadWas() {
    statistics.claimed(Kind.NEW);
    statistics.claimed(Kind.NEW);
    statistics.takenOver(Optional.of("other"));

    assertThat(statistics.claims(Kind.NEW)).isEqualTo(2);
    assertThat(statistics.claims(Kind.FREE)).isZero();
    assertThat(statistics.claims(Kind.TAKEN_OVER)).isEqualTo(1);
    assertThat(statistics.lastTakeover()).contains(new Takeover(now, Optional.of("other")));
  }

  @Test
  void lossesAreRecentForFiveMinutesAndCountedForEver() {
    statistics.lost();
    now = now.plus(Duration.ofMinutes(3));
    statistics.lost();
    statistics.lost();
    assertThat(statistics.recentLosses()).isEqualTo(3);

    now = now.plus(Duration.ofMinutes(3));
    assertThat(statistics.recentLosses()).isEqualTo(2);

    now = now.plus(Duration.ofMinutes(3));
    assertThat(statistics.recentLosses()).isZero();
    assertThat(statistics.losses()).isEqualTo(3);
  }
}
