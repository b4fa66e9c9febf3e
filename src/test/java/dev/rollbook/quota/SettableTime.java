package dev.rollbook.quota;

import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/// Time of buckets that only passes when a test says so.
public final class SettableTime implements TimeMeter {
  private final AtomicLong nanos = new AtomicLong();

  public void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Override
  public long currentTimeNanos() {
    return nanos.get();
  }

  @Override
  public boolean isWallClockBased() {
    return false;
  }

  /// The time of the buckets of a whole service.
  @TestConfiguration
  public static class Configuration {
    @Bean
    @Primary
    SettableTime settableTime() {
      return new SettableTime();
    }
  }
}
