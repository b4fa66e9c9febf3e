package dev.rollbook.web.security;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/// The clock of the service, which a test can set forward for a moment.
final class OffsetClock extends Clock {
  private final Clock clock;
  private volatile Duration offset = Duration.ZERO;

  private OffsetClock(Clock clock) {
    this.clock = clock;
  }

  void setForward(Duration by) {
    offset = by;
  }

  @Override
  public Instant instant() {
    return clock.instant().plus(offset);
  }

  @Override
  public ZoneId getZone() {
    return clock.getZone();
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return clock.withZone(zone);
  }

  @TestConfiguration
  static class Configuration {
    @Bean
    @Primary
    OffsetClock offsetClock(Clock clock) {
      return new OffsetClock(clock);
    }
  }
}
